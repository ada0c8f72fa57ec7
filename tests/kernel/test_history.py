"""The journal of every change."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from pileus.kernel.caller import Caller
from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Conflict
from pileus.kernel.history import HIDDEN, history
from pileus.kernel.store import Row, Store, Tx
from tests.things import heartbeats, parts, tables, things

ALICE = Caller(user_id="alice", project_id="red", request_id="req-1")


@pytest.fixture(autouse=True)
def _tables(store: Store) -> None:
    store.sketch(tables)


def told(store: Store) -> list[Row]:
    return store.read(lambda tx: tx.all(select(history).order_by(history.c.id)))


def make(store: Store, **values: Any) -> dict[str, Any]:
    return store.write(lambda tx: tx.insert(things, **values), who=ALICE)


def test_a_change_is_told_with_who_when_and_in_which_request(store: Store, clock: HeldClock) -> None:
    made = make(store, name="web")
    line = told(store)[0]
    assert (line["kind"], line["resource_id"], line["action"]) == ("big_thing", made["id"], "create")
    assert (line["at"], line["user_id"], line["project_id"], line["request_id"]) == (
        clock.now(),
        "alice",
        "red",
        "req-1",
    )


def test_what_nobody_asked_for_is_told_without_a_name(store: Store) -> None:
    store.write(lambda tx: tx.insert(things))
    assert told(store)[0]["user_id"] is None


def test_only_what_changed_is_told_from_what_to_what(store: Store) -> None:
    made = make(store, name="web", size=1)
    store.write(lambda tx: tx.change(things, made["id"], size=2, name="web"))
    line = told(store)[1]
    assert (line["before"]["size"], line["after"]["size"]) == (1, 2)
    assert "name" not in line["after"]


def test_a_value_that_becomes_empty_is_told(store: Store) -> None:
    made = make(store, name="web")
    store.write(lambda tx: tx.change(things, made["id"], name=None))
    assert (told(store)[1]["before"]["name"], told(store)[1]["after"]["name"]) == ("web", None)


def test_a_removal_tells_what_was_there(store: Store) -> None:
    made = make(store, name="web", extras={"a": 1})
    store.write(lambda tx: tx.remove(things, made["id"]))
    line = told(store)[1]
    assert (line["action"], line["before"]["name"], line["before"]["extras"], line["after"]) == (
        "remove",
        "web",
        {"a": 1},
        None,
    )


def test_a_secret_is_never_told(store: Store) -> None:
    made = make(store, password_hash="s3cret")
    store.write(lambda tx: tx.change(things, made["id"], password_hash="s4cret"))
    store.write(lambda tx: tx.remove(things, made["id"]))
    lines = told(store)
    assert "cret" not in str([(line["before"], line["after"]) for line in lines])
    assert lines[1]["after"]["password_hash"] == HIDDEN


def test_what_was_refused_was_no_change(store: Store) -> None:
    def rule(tx: Tx) -> None:
        tx.insert(things, name="web")
        raise Conflict("No.")

    with pytest.raises(Conflict):
        store.write(rule)
    assert told(store) == []


def test_heartbeats_are_not_history(store: Store) -> None:
    store.write(lambda tx: tx.insert(heartbeats, host="a"))
    assert told(store) == []


def test_the_changes_of_one_transaction_are_told_in_order(store: Store) -> None:
    def rule(tx: Tx) -> None:
        thing = tx.insert(things, name="web")
        part = tx.insert(parts, thing_id=thing["id"])
        tx.remove(parts, part)
        tx.remove(things, thing)

    store.write(rule)
    assert [(line["kind"], line["action"]) for line in told(store)] == [
        ("big_thing", "create"),
        ("part", "create"),
        ("part", "remove"),
        ("big_thing", "remove"),
    ]
