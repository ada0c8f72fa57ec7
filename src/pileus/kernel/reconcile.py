"""Endless loops that converge: each looks at everything it is for, every so often and whenever it is woken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Delete

from pileus.kernel.store import Store

log = structlog.get_logger("pileus.reconcile")

BATCH = 500
"""Rows struck in one transaction, so that whoever writes meanwhile waits but a moment."""


@dataclass(frozen=True)
class Reconciler:
    """Brings what is nearer to what is wanted, each time it looks; at rest it does nothing."""

    name: str
    every: float
    """Seconds between two looks when nobody wakes it."""
    look: Callable[[Store], object]


def forget(store: Store, long_past: Delete, days: float) -> int:
    """Strike, bit by bit, what is older than so many days; how much it was.

    `long_past` strikes at most `most` rows that are of before `before`.
    """
    before = store.clock.now() - timedelta(days=days)
    struck = [BATCH]
    while struck[-1] == BATCH:
        struck.append(store.claim(lambda tx: tx.run(long_past, before=before, most=BATCH)))
    return sum(struck[1:])


class Loops:
    """Runs reconcilers, each in a thread of its own so that a slow one delays no other."""

    def __init__(self, store: Store, reconcilers: Iterable[Reconciler]) -> None:
        self._store = store
        self._loops = {one.name: _Loop(store, one) for one in reconcilers}

    def start(self) -> None:
        """Look now, and again and again."""
        for loop in self._loops.values():
            loop.thread.start()

    def stop(self) -> None:
        """End each loop after the look it is at."""
        for loop in self._loops.values():
            loop.stopping = True
            loop.bell.set()
        for loop in self._loops.values():
            if loop.thread.is_alive():
                loop.thread.join()

    def wake(self, name: str) -> None:
        """Have one look at once."""
        self._loops[name].bell.set()

    def run_all(self) -> None:
        """Every reconciler looks once, in order, in this thread; what it raises is raised."""
        for loop in self._loops.values():
            loop.of.look(self._store)


class _Loop:
    def __init__(self, store: Store, of: Reconciler) -> None:
        self.of = of
        self.bell = threading.Event()
        self.stopping = False
        self.thread = threading.Thread(target=self._run, name=of.name, daemon=True)
        self._store = store

    def _run(self) -> None:
        while not self.stopping:
            self.bell.clear()
            try:
                self.of.look(self._store)
            except Exception as error:
                log.error("a reconciler failed", name=self.of.name, exc_info=error)
            if not self.stopping:
                self.bell.wait(self.of.every)
