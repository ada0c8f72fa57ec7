"""Loops that converge."""

from __future__ import annotations

import threading

import pytest

from pileus.kernel.reconcile import Loops, Reconciler
from pileus.kernel.store import Store

PATIENCE = 10.0
LONG = 1000.0


class Looks:
    """Counts looks, and fails when told to."""

    def __init__(self) -> None:
        self.count = 0
        self.fails = False
        self._more = threading.Condition()

    def __call__(self, _store: Store) -> None:
        with self._more:
            self.count += 1
            self._more.notify_all()
        if self.fails:
            raise ValueError("a look that fails")

    def wait_for(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: self.count >= count, PATIENCE)


def test_a_loop_looks_at_its_start_and_again_when_woken(sqlite_store: Store) -> None:
    looks = Looks()
    loops = Loops(sqlite_store, [Reconciler("hosts", LONG, looks)])
    loops.start()
    looks.wait_for(1)
    loops.wake("hosts")
    looks.wait_for(2)
    loops.stop()
    assert looks.count == 2


def test_a_loop_looks_again_by_itself(sqlite_store: Store) -> None:
    looks = Looks()
    loops = Loops(sqlite_store, [Reconciler("hosts", 0.01, looks)])
    loops.start()
    looks.wait_for(3)
    loops.stop()


def test_a_look_that_fails_ends_neither_its_loop_nor_another(sqlite_store: Store) -> None:
    bad, good = Looks(), Looks()
    bad.fails = True
    loops = Loops(sqlite_store, [Reconciler("bad", LONG, bad), Reconciler("good", LONG, good)])
    loops.start()
    bad.wait_for(1)
    loops.wake("bad")
    loops.wake("good")
    bad.wait_for(2)
    good.wait_for(2)
    loops.stop()


def test_all_loops_can_be_run_once_in_order_and_then_a_failure_is_raised(sqlite_store: Store) -> None:
    order: list[str] = []
    bad = Looks()
    first = Reconciler("first", LONG, lambda _store: order.append("first"))
    second = Reconciler("second", LONG, lambda _store: order.append("second"))
    loops = Loops(sqlite_store, [first, second, Reconciler("bad", LONG, bad)])
    loops.run_all()
    assert (order, bad.count) == (["first", "second"], 1)
    bad.fails = True
    with pytest.raises(ValueError, match="fails"):
        loops.run_all()
