"""Time and identifiers, which tests can hold.

A moment is a naive `datetime` in UTC with microseconds, everywhere inside; zones exist only on the wire.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Node:
    """This control node, by a name that it keeps and no other running one has; a part that rules may ask for."""

    name: str = "here"


class Clock(Protocol):
    """Where moments, durations and identifiers come from."""

    def now(self) -> datetime:
        """The present moment."""

    def monotonic(self) -> float:
        """Seconds since some beginning; never steps back."""

    def new_id(self) -> str:
        """An identifier nobody has: the text of a random UUID."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC).replace(tzinfo=None)

    def monotonic(self) -> float:
        """Seconds since some beginning."""
        return time.monotonic()

    def new_id(self) -> str:
        """An identifier nobody has."""
        return str(uuid.uuid4())


class HeldClock:
    """A clock that moves only when told to, so that tests decide what has timed out; its identifiers are counted."""

    def __init__(self, start: datetime = datetime(2026, 1, 1)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._count = itertools.count(1)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The held moment."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Seconds moved forward so far."""
        return self._elapsed

    def new_id(self) -> str:
        """The next identifier of this clock, in the form of a random UUID; later ones sort later."""
        return str(uuid.UUID(int=next(self._count) << 96, version=4))

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._elapsed += seconds
