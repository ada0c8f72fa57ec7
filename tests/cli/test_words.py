"""What the command line says when something is wrong, and when it is coloured."""

from __future__ import annotations

import io

import pytest

from pileus.cli.words import Trouble, coloured, duration, lines_of


class Terminal(io.StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        return True


def test_a_trouble_is_what_why_and_what_to_do() -> None:
    assert lines_of(Trouble("it broke", "rust", "paint it")) == ["error: it broke", "cause: rust", "fix: paint it"]
    assert lines_of(Trouble("it broke")) == ["error: it broke"]


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured("well", "ok", Terminal()) == "\033[32mwell\033[0m"
    assert coloured("well", "ok", io.StringIO()) == "well"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("well", "ok", Terminal()) == "well"


def test_times_are_told_as_people_read_them() -> None:
    assert [duration(seconds) for seconds in (0.04, 99.9, 125.0)] == ["0.0 s", "99.9 s", "2 min 5 s"]
