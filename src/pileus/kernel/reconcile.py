"""Endless loops that converge: each looks at everything it is for, every so often and whenever it is woken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from pileus.kernel.store import Store

log = structlog.get_logger("pileus.reconcile")


@dataclass(frozen=True)
class Reconciler:
    """Brings what is nearer to what is wanted, each time it looks; at rest it does nothing."""

    name: str
    every: float
    """Seconds between two looks when nobody wakes it."""
    look: Callable[[Store], object]


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
