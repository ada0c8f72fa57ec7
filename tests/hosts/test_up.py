"""`pileus up` for real: a guest under libvirt in namespaces of its own, reached over ssh, outliving kill -9."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.hosts, pytest.mark.slow]

PILEUS = Path(sys.executable).parent / "pileus"


def pileus(state: Path, verb: str, *words: str, home: Path | None = None) -> str:
    """What a verb prints; it must succeed."""
    environment = {**os.environ, "HOME": str(home or state.parent), "NO_COLOR": "1"}
    command = [str(PILEUS), verb, "--state", str(state), *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running cloud with its sample server, gone without a trace afterwards."""
    place = tmp_path_factory.mktemp("up") / "state"
    try:
        pileus(place, "up", "--port", str(free_port()))
        yield place
    finally:
        pileus(place, "destroy", "--yes")
        assert not place.exists()


def uptime(state: Path) -> float:
    """How long the sample server's system has been up, asked over ssh."""
    return float(pileus(state, "ssh", "hello", "cat", "/proc/uptime").split()[0])


def test_the_sample_server_answers_over_ssh(state: Path) -> None:
    assert uptime(state) > 0


def test_a_guest_outlives_whatever_is_killed_and_is_taken_up_again(state: Path) -> None:
    before = uptime(state)
    for name in ("host", "serve", "supervisor"):
        os.kill(int((state / "run" / f"{name}.pid").read_text()), signal.SIGKILL)
    pileus(state, "up")
    assert uptime(state) > before
