"""Loops that converge."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event, func, select

from pileus.kernel.clock import HeldClock
from pileus.kernel.history import LONG_PAST, history
from pileus.kernel.reconcile import BATCH, Loops, Reconciler, forget
from pileus.kernel.store import Store
from tests.things import tables, things

PATIENCE = 10.0
LONG = 1000.0
DAY = 24 * 3600.0


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


def test_what_is_long_past_is_forgotten_bit_by_bit_and_the_rest_is_not(store: Store, clock: HeldClock) -> None:
    store.sketch(tables)
    for count in (2 * BATCH + 1, 3):
        store.write(lambda tx, count=count: [tx.insert(things) for _ in range(count)])
        clock.forward(DAY)
    left = select(func.count()).select_from(history)
    assert forget(store, LONG_PAST, 2.5) == 0
    assert forget(store, LONG_PAST, 1.5) == 2 * BATCH + 1
    assert store.look(lambda tx: tx.value(left)) == 3
    assert forget(store, LONG_PAST, 1.5) == 0


def test_to_forget_much_is_many_short_transactions(sqlite_store: Store, clock: HeldClock) -> None:
    sqlite_store.sketch(tables)
    sqlite_store.write(lambda tx: [tx.insert(things) for _ in range(2 * BATCH)])
    clock.forward(DAY)
    said: list[str] = []
    event.listen(sqlite_store._database.writers, "before_cursor_execute", lambda *args: said.append(args[2]))
    forget(sqlite_store, LONG_PAST, 0.5)
    assert [line.split(" ")[0] for line in said] == ["BEGIN", "DELETE"] * 3
