"""The state directory: closed to others where it must be, and who holds a name is known for certain."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pileus.cli.state import State, is_reachable
from pileus.cli.words import HOPELESS, Trouble

HOLD = """
import sys, pathlib
from pileus.cli.state import State
with State(pathlib.Path(sys.argv[1])).held("serve"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path: Path) -> State:
    made = State(tmp_path / "cloud")
    made.prepare()
    return made


def test_secrets_are_for_their_owner_alone_and_drawn_once(state: State) -> None:
    secret = state.secret("admin")
    assert state.secret("admin") == secret
    assert (state.root / "secrets" / "admin").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (state.root / "secrets").iterdir()] == ["admin"]


def test_whoever_draws_a_secret_at_the_same_time_gets_the_same(state: State) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: State(state.root).secret("ticket"), range(1)))) == 1


def test_preparing_again_changes_nothing(state: State) -> None:
    before = {path: path.stat().st_mode for path in state.root.rglob("*")}
    state.prepare()
    assert {path: path.stat().st_mode for path in state.root.rglob("*")} == before
    assert state.root.stat().st_mode & 0o777 == 0o711


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="cannot be used"):
        State(tmp_path / "file" / "cloud").prepare()


def test_a_name_is_held_while_its_process_lives_and_not_longer(state: State) -> None:
    command = [sys.executable, "-c", HOLD, str(state.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        assert state.process("serve") == holder.pid
        with pytest.raises(Trouble, match="serve runs already") as refused, state.held("serve"):
            pass
        assert refused.value.code == HOPELESS
        holder.kill()
    assert state.process("serve") is None
    assert (state.root / "run" / "serve.pid").read_text() == f"{holder.pid}\n"


def test_a_name_that_was_let_go_leaves_no_file(state: State) -> None:
    with state.held("host"):
        assert (state.root / "run" / "host.pid").read_text() == f"{os.getpid()}\n"
    assert not (state.root / "run" / "host.pid").exists()


def test_what_lies_in_a_closed_folder_is_out_of_others_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    assert not is_reachable(closed / "inner")
    assert is_reachable(Path("/usr/lib"))
