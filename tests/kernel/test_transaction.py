"""What rules do within a transaction: find, insert, change, remove; on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.store import Row, Store, Tx
from tests.things import all_things, by_name, heartbeats, parts, tables, things


@pytest.fixture(autouse=True)
def _tables(store: Store) -> None:
    store.sketch(tables)


def everything(store: Store) -> list[Row]:
    return store.read(lambda tx: tx.all(all_things))


def make(tx: Tx, **values: Any) -> dict[str, Any]:
    return tx.insert(things, **values)


def test_what_was_written_is_read_back_as_it_was(store: Store, clock: HeldClock) -> None:
    extras = {"tags": ["a", "ü"], "depth": {"more": None}, "size": 1.5}
    made = store.write(make, name="web", extras=extras, updated_at=datetime(2026, 1, 2, 3, 4, 5, 678))
    assert dict(store.read(lambda tx: tx.find(things, made["id"])) or {}) == made
    assert (made["extras"], made["size"], made["created_at"]) == (extras, 1, clock.now())


def test_a_counted_key_is_known_at_once(store: Store) -> None:
    def rule(tx: Tx) -> list[int]:
        thing = make(tx)
        return [tx.insert(parts, thing_id=thing["id"])["id"] for _ in range(2)]

    first, second = store.write(rule)
    assert second > first


def test_a_value_is_the_first_column_and_nothing_is_none(store: Store) -> None:
    store.write(make, name="web", size=7)
    assert store.look(lambda tx: tx.value(select(things.c.size))) == 7
    assert store.look(lambda tx: tx.one(by_name, called="other")) is None
    assert store.look(lambda tx: tx.find(things, "none")) is None


def test_a_double_is_a_conflict_whose_sentence_shows_nothing_of_the_inside(store: Store) -> None:
    store.write(make, name="web")
    with pytest.raises(Conflict) as met:
        store.write(make, name="web")
    assert "things" not in met.value.said
    assert "things" in met.value.logged


def test_a_rule_may_word_the_conflict_itself(store: Store) -> None:
    def rule(tx: Tx) -> None:
        try:
            make(tx, name="web")
        except Conflict as conflict:
            raise Conflict("There is a web already.") from conflict

    store.write(rule)
    with pytest.raises(Conflict, match=r"There is a web already\."):
        store.write(rule)


def test_after_a_refused_write_the_transaction_can_only_end(store: Store) -> None:
    def rule(tx: Tx) -> None:
        make(tx, name="web")
        try:
            make(tx, name="web")
        except Conflict:
            tx.all(all_things)

    with pytest.raises(RuntimeError, match="went on"):
        store.write(rule)
    assert everything(store) == []


@pytest.mark.parametrize("values", [{"size": 2**70}, {"name": "\ud800"}])
def test_a_value_the_database_cannot_hold_is_invalid(store: Store, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        store.write(make, **values)
    assert everything(store) == []


def test_a_row_that_others_need_is_not_removed(store: Store) -> None:
    thing = store.write(make)
    store.write(lambda tx: tx.insert(parts, thing_id=thing["id"]))
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.remove(things, thing["id"]))


def test_a_change_returns_the_whole_row_and_says_when(store: Store, clock: HeldClock) -> None:
    made = store.write(make, name="web", size=1)
    clock.forward(5)
    changed = store.write(lambda tx: tx.change(things, made["id"], size=2))
    assert changed == {**made, "size": 2, "updated_at": clock.now()}
    assert everything(store) == [changed]


def test_a_change_to_what_is_there_already_writes_nothing(store: Store) -> None:
    made = store.write(make, name="web")
    assert store.write(lambda tx: tx.change(things, made["id"], name="web"))["updated_at"] is None


@pytest.mark.parametrize("expect", [{"size": 2}, {"name": None}, {"size": 1, "name": "other"}])
def test_a_change_of_a_row_that_is_not_as_expected_is_a_conflict(store: Store, expect: dict[str, Any]) -> None:
    made = store.write(make, name="web", size=1)
    for values in ({"size": 5}, {"size": 1}):
        with pytest.raises(Conflict, match="The big thing was changed"):
            store.write(lambda tx, values=values: tx.change(things, made["id"], expect=expect, **values))
    assert everything(store) == [made]


def test_a_change_of_a_row_that_is_as_expected_is_done(store: Store) -> None:
    made = store.write(make, name=None, size=1)
    changed = store.write(lambda tx: tx.change(things, made, expect={"size": 1, "name": None}, name="web"))
    assert changed["name"] == "web"


def test_what_is_gone_is_missing(store: Store) -> None:
    made = store.write(make)
    store.write(lambda tx: tx.remove(things, made))
    for rule in (
        lambda tx: tx.change(things, made, size=9),
        lambda tx: tx.change(things, made["id"], size=9),
        lambda tx: tx.remove(things, made),
    ):
        with pytest.raises(Missing, match="big thing"):
            store.write(rule)


def test_run_tells_how_many_rows_it_touched(store: Store) -> None:
    store.write(lambda tx: [tx.insert(heartbeats, host=host) for host in "abc"])
    assert store.write(lambda tx: tx.run(heartbeats.delete().where(heartbeats.c.host < "c"))) == 2
    add = insert(heartbeats).on_conflict_do_nothing()
    assert [store.write(lambda tx, host=host: tx.run(add, host=host)) for host in "cd"] == [0, 1]
