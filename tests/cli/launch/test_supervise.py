"""The supervisor starts again what ends, finds what runs already, and ends all when it is asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pileus.cli.launch.supervise import put_aside
from pileus.cli.state import State
from pileus.cli.words import HOPELESS

PROCESS = """
import sys, pathlib, signal, time
from pileus.cli.state import State
with State(pathlib.Path(sys.argv[1])).held(sys.argv[2]):
    signal.pause()
"""
SUPERVISOR = """
import sys, pathlib
from pileus.cli.state import State
from pileus.cli.launch.supervise import Child, Supervisor
state = State(pathlib.Path(sys.argv[1]))
children = [Child(name, [sys.executable, "-c", sys.argv[2], sys.argv[1], name]) for name in ("one", "two")]
with state.held("supervisor"):
    raise SystemExit(Supervisor(state, children).run())
"""


@pytest.fixture
def state(tmp_path: Path) -> State:
    made = State(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def supervise(state: State) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts supervisors; whatever lives of them and their children at the end is ended."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(process: str = PROCESS) -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(state.root), process]))
        return begun[-1]

    yield start
    for each in begun:
        each.kill()
        each.wait()
    for name in ("one", "two"):
        if process := state.process(name):
            os.kill(process, signal.SIGKILL)


def until(found: Callable[[], int | None], seconds: float = 20) -> int:
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
    return answer


def test_what_ends_is_started_again_and_all_end_with_the_supervisor(
    state: State, supervise: Callable[..., subprocess.Popen[bytes]]
) -> None:
    supervisor = supervise()
    first, other = (until(lambda name=name: state.process(name)) for name in ("one", "two"))  # type: ignore[misc]
    os.kill(first, signal.SIGKILL)
    assert until(lambda: state.process("one") if state.process("one") != first else None) != first
    assert state.process("two") == other
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0
    assert [state.process(name) for name in ("one", "two", "supervisor")] == [None] * 3
    assert list((state.root / "run").iterdir()) == []


def test_a_new_supervisor_takes_over_what_runs(state: State, supervise: Callable[..., subprocess.Popen[bytes]]) -> None:
    killed = supervise()
    before = [until(lambda name=name: state.process(name)) for name in ("one", "two")]  # type: ignore[misc]
    killed.kill()
    killed.wait()
    assert [state.process(name) for name in ("one", "two")] == before
    supervisor = supervise()
    until(lambda: state.process("supervisor"))
    os.kill(before[0], signal.SIGKILL)
    assert until(lambda: state.process("one") if state.process("one") != before[0] else None)
    assert state.process("two") == before[1]
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0
    assert state.process("two") is None


def test_a_process_that_would_end_again_in_the_same_way_ends_the_supervisor(
    supervise: Callable[..., subprocess.Popen[bytes]],
) -> None:
    assert supervise(f"raise SystemExit({HOPELESS})").wait(20) == HOPELESS


def test_a_long_log_is_put_aside_under_its_writers_hands(tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    with log.open("a") as writer:
        writer.write("old\n" * 10)
        writer.flush()
        put_aside(log, 100)
        assert log.stat().st_size == 40
        put_aside(log, 30)
        writer.write("new\n")
    assert log.read_text() == "new\n"
    assert (tmp_path / "serve.log.1").read_text() == "old\n" * 10
