"""Questions of the server of promised images."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from pileus.chunks.errors import Damaged
from pileus.host.images.asks import Asks
from pileus.host.images.door import on_machine


def ask(path: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(5)
        asker.connect(str(path))
        asker.sendall(line)
        asker.shutdown(socket.SHUT_WR)
        return asker.recv(1000)


def test_a_question_is_granted_or_told_why_not(tmp_path: Path) -> None:
    asked: list[tuple[str, list[int]]] = []

    def bring(name: str, numbers: Sequence[int]) -> None:
        asked.append((name, list(numbers)))
        if name == "bad":
            raise Damaged("it is\nbroken")

    asks = Asks(on_machine(tmp_path / "s"), bring)
    asks.open()
    assert ask(tmp_path / "s", b"bring good 3,1,2\n") == b"ok\n"
    assert ask(tmp_path / "s", b"bring bad 3\n") == b"no, because 'it is\\nbroken'\n"
    assert asked == [("good", [3, 1, 2]), ("bad", [3])]
    asks.close()


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"bring\n", b"steal a 1\n", b"bring a x\n", b"bring a \xff\n", b"x" * 20_000],
    ids=lambda line: str(line[:9]),
)
def test_questions_that_are_none_are_answered_with_no(tmp_path: Path, line: bytes) -> None:
    asked: list[str] = []
    asks = Asks(on_machine(tmp_path / "s"), lambda name, numbers: asked.append(name))
    asks.open()
    assert ask(tmp_path / "s", line).startswith(b"no, because")
    assert asked == []
    asks.close()
