"""Who goes first: what somebody waits for, before what nobody waits for yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

PATIENCE = 2.0
"""Seconds for which those who give way do so at most: a stream of urgent work must not keep the rest undone."""


class Precedence:
    """Any number may have it at a time; whoever gives it waits until none has, or had patience long enough."""

    def __init__(self) -> None:
        self._turn = Condition()
        self._urgent = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        with self._turn:
            self._urgent += 1
        try:
            yield
        finally:
            with self._turn:
                self._urgent -= 1
                self._turn.notify_all()

    def give(self) -> None:
        with self._turn:
            self._turn.wait_for(lambda: not self._urgent, PATIENCE)
