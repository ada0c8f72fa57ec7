"""Transactions: what is kept, what is not, and what happens when several write at once; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, text

from pileus.kernel.errors import Conflict, Refusal
from pileus.kernel.store import Row, Store, Tx
from tests.things import all_things, heartbeats, tables, things


@pytest.fixture(autouse=True)
def _tables(store: Store) -> None:
    store.sketch(tables)


def everything(store: Store) -> list[Row]:
    return store.read(lambda tx: tx.all(all_things))


def make(tx: Tx, **values: Any) -> dict[str, Any]:
    return tx.insert(things, **values)


def test_a_rule_that_refuses_leaves_nothing(store: Store) -> None:
    def rule(tx: Tx) -> None:
        make(tx, name="web")
        raise Conflict("No.")

    with pytest.raises(Conflict):
        store.write(rule)
    assert everything(store) == []


def test_reading_changes_nothing(store: Store) -> None:
    for way in (store.read, store.look):
        with pytest.raises(RuntimeError, match="refused"):
            way(lambda tx: tx.run(heartbeats.insert(), host="a"))
    assert store.look(lambda tx: tx.all(select(heartbeats))) == []


def test_a_read_of_several_statements_sees_one_moment(store: Store) -> None:
    def rule(tx: Tx) -> tuple[int, int]:
        count = select(func.count()).select_from(things)
        before = tx.value(count)
        with ThreadPoolExecutor(1) as other:
            other.submit(store.write, make).result()
        return before, tx.value(count)

    assert store.read(rule) == (0, 0)
    assert len(everything(store)) == 1


def test_a_statement_the_database_does_not_understand_is_our_mistake(store: Store) -> None:
    with pytest.raises(RuntimeError, match="refused a statement"):
        store.read(lambda tx: tx.all(text("SELECT nothing FROM nowhere")))


def test_a_write_inside_a_write_is_our_mistake(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside a write"):
        store.write(lambda tx: store.write(make))
    store.write(make)


def test_counting_by_many_at_once_loses_nothing(store: Store) -> None:
    made = store.write(make, size=0)

    def rule(tx: Tx) -> None:
        row = tx.find(things, made["id"])
        assert row is not None
        tx.change(things, row, size=row["size"] + 1)

    together(40, lambda _: store.write(rule))
    assert everything(store)[0]["size"] == 40


def test_those_who_choose_the_lowest_free_at_once_all_get_one(store: Store) -> None:
    def rule(tx: Tx) -> None:
        taken = {row["name"] for row in tx.all(all_things)}
        make(tx, name=next(str(number) for number in range(100) if str(number) not in taken))

    together(20, lambda _: store.write(rule))
    assert {row["name"] for row in everything(store)} == {str(number) for number in range(20)}


def test_a_rule_that_does_not_look_meets_its_conflict_soon(store: Store) -> None:
    store.write(make, name="web")
    runs: list[dict[str, Any]] = []

    def rule(tx: Tx) -> None:
        runs.append({})
        make(tx, name="web")

    with pytest.raises(Conflict):
        store.write(rule)
    assert len(runs) <= 2


def test_afterwards_comes_after_the_commit(store: Store) -> None:
    seen: list[int] = []

    def rule(tx: Tx) -> None:
        make(tx)
        tx.after(lambda: seen.append(len(everything(store))))

    store.write(rule)
    assert seen == [1]


def test_listeners_hear_of_a_committed_topic_once(store: Store) -> None:
    heard: list[str] = []
    stop = store.listen("works", heard.append)
    store.listen("other", heard.append)

    def rule(tx: Tx, *, refuse: bool) -> None:
        tx.tell("works", "this")
        tx.tell("works", "this")
        if refuse:
            raise Conflict("No.")

    store.write(rule, refuse=False)
    assert heard == ["this"]
    with pytest.raises(Refusal):
        store.write(rule, refuse=True)
    stop()
    store.write(rule, refuse=False)
    assert heard == ["this"]


def together(count: int, call: Callable[[int], object]) -> None:
    """Call from many threads that begin at the same time; raises what any of them raises."""
    gate = threading.Barrier(min(count, 16))

    def one(number: int) -> None:
        if number < gate.parties:
            gate.wait()
        call(number)

    with ThreadPoolExecutor(gate.parties) as pool:
        list(pool.map(one, range(count)))
