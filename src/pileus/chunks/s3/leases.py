"""The leases of one process, and the thread that says they still have it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from pileus.chunks.s3.index import Index
from pileus.kernel.errors import Refusal

EVERY = 20.0
"""Seconds between two beats: thirty may be lost before anybody thinks the process dead."""


class Leases:
    """What this process has begun and not ended."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._turn = threading.Lock()
        self._mine: set[str] = set()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, lease: str, note: Callable[[str], object] | None = None) -> None:
        """Begin one, and beat for it from now on."""
        (note or self._index.begin)(lease)
        with self._turn:
            self._mine.add(lease)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="chunk-leases", daemon=True)
                self._thread.start()

    def end(self, lease: str) -> None:
        """May be called again."""
        with self._turn:
            is_mine = lease in self._mine
            self._mine.discard(lease)
        if is_mine:
            self._index.end(lease)

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(EVERY):
            with self._turn:
                mine = sorted(self._mine)
            with suppress(Refusal):  # the database is away: the next beat says it all again
                if mine:
                    self._index.beat(mine)
