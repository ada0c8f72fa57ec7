"""Work as rows: begun with the resource, one at a time, followed, woken, and told to people."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from pileus.kernel.caller import Caller
from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Conflict, NotNow
from pileus.kernel.history import history
from pileus.kernel.reconcile import forget
from pileus.kernel.store import Row, Store, Tx
from pileus.kernel.workflow import LONG_PAST, Engine, begin, running, wake, work_steps, works
from tests.kernel.workflow.houses import BuildHouse, DemolishHouse, Village, houses

DAY = 24 * 3600.0


def journal(store: Store) -> list[Row]:
    return store.read(lambda tx: tx.all(select(works).order_by(works.c.started_at, works.c.id)))


def lines(store: Store, work_id: str) -> list[tuple[Any, ...]]:
    of = select(work_steps).where(work_steps.c.work_id == work_id).order_by(work_steps.c.number)
    return [(row["name"], row["result"], row["because"]) for row in store.read(lambda tx: tx.all(of))]


def test_a_rule_that_refuses_begins_no_work(village: Village) -> None:
    def rule(tx: Tx) -> None:
        begin(tx, BuildHouse("home"))
        raise Conflict("No.")

    with pytest.raises(Conflict):
        village.store.write(rule)
    assert journal(village.store) == []


def test_the_journal_says_who_asked_for_what_and_when(village: Village, clock: HeldClock) -> None:
    alice = Caller(user_id="alice", project_id="red", request_id="req-1")
    begun = village.store.write(lambda tx: begin(tx, BuildHouse("home")), who=alice)
    row = journal(village.store)[0]
    told = {name: row[name] for name in ("id", "kind", "resource", "resource_id", "title", "state", "started_at")}
    assert told == {
        "id": begun,
        "kind": "BuildHouse",
        "resource": "house",
        "resource_id": "home",
        "title": "build",
        "state": "running",
        "started_at": clock.now(),
    }
    assert (row["user_id"], row["project_id"], row["request_id"]) == ("alice", "red", "req-1")


def test_what_steps_change_is_told_as_done_for_who_asked(village: Village) -> None:
    def rule(tx: Tx) -> None:
        tx.insert(houses, id="home", yard=str(village.yard))
        begin(tx, BuildHouse("home"))

    village.store.write(rule, who=Caller(user_id="alice", project_id="red", request_id="req-1"))
    Engine(village.store).run_ready()
    told = village.store.read(lambda tx: tx.all(select(history)))
    assert {row["kind"] for row in told} == {"house", "claims"}
    assert {(row["user_id"], row["project_id"], row["request_id"]) for row in told} == {("alice", "red", "req-1")}


def test_one_thing_has_one_running_work(village: Village) -> None:
    village.plan()
    with pytest.raises(NotNow, match="The house is busy: 'build' is under way"):
        village.store.write(lambda tx: begin(tx, DemolishHouse("home")))
    running_now = village.store.read(running, "house", "home")
    assert running_now is not None
    assert running_now["kind"] == "BuildHouse"
    assert village.store.read(running, "house", "other") is None


def test_when_work_has_ended_the_next_may_begin(village: Village) -> None:
    village.plan()
    village.paint()
    Engine(village.store).run_ready()
    assert village.store.read(running, "house", "home") is None
    village.store.write(lambda tx: begin(tx, DemolishHouse("home")))
    Engine(village.store).run_ready()
    assert [row["state"] for row in journal(village.store)] == ["done", "done"]
    assert village.leftovers() == ([], [], [])


def test_what_follows_makes_the_running_work_turn_back_and_begins_when_it_has(village: Village) -> None:
    engine = Engine(village.store)
    village.plan()
    engine.run_ready()
    followed = village.store.write(lambda tx: begin(tx, DemolishHouse("home"), follows="follow"))
    engine.run_ready()
    first, second = journal(village.store)
    assert (first["state"], first["because"]) == ("failed", "Given up because 'demolish' was asked for.")
    assert (second["id"], second["kind"], second["state"]) == (followed, "DemolishHouse", "done")
    assert village.leftovers() == ([], [], [])


def test_to_follow_twice_is_to_follow_once(village: Village) -> None:
    village.plan()
    first = village.store.write(lambda tx: begin(tx, DemolishHouse("home"), follows="follow"))
    assert village.store.write(lambda tx: begin(tx, DemolishHouse("home"), follows="follow")) == first
    with pytest.raises(NotNow):
        village.store.write(lambda tx: begin(tx, BuildHouse("home"), follows="follow"))
    Engine(village.store).run_ready()
    assert len(journal(village.store)) == 2


def test_to_follow_work_of_the_same_kind_is_to_let_it_run(village: Village) -> None:
    village.plan()
    village.store.write(lambda tx: begin(tx, BuildHouse("home"), follows="follow"))
    village.paint()
    Engine(village.store).run_ready()
    assert [row["state"] for row in journal(village.store)] == ["done"]


def test_to_follow_nothing_is_to_begin(village: Village) -> None:
    village.store.write(lambda tx: tx.insert(houses, id="home", yard=str(village.yard)))
    village.store.write(lambda tx: begin(tx, DemolishHouse("home"), follows="follow"))
    Engine(village.store).run_ready()
    assert [row["state"] for row in journal(village.store)] == ["done"]


def test_work_that_ended_long_ago_is_forgotten_with_its_steps_and_nothing_else_is(
    village: Village, clock: HeldClock
) -> None:
    engine = Engine(village.store)
    village.plan()
    village.paint()
    engine.run_ready()
    clock.forward(2 * DAY)
    village.store.write(lambda tx: begin(tx, DemolishHouse("home")))
    engine.run_ready()
    village.plan("other")
    engine.run_ready()
    clock.forward(DAY)
    assert [row["state"] for row in journal(village.store)] == ["done", "done", "running"]
    assert forget(village.store, LONG_PAST, 2) == 1
    assert [row["kind"] for row in journal(village.store)] == ["DemolishHouse", "BuildHouse"]
    told = village.store.read(lambda tx: {row["work_id"] for row in tx.all(select(work_steps))})
    assert told == {row["id"] for row in journal(village.store)}
    assert forget(village.store, LONG_PAST, 0) == 1
    assert [row["state"] for row in journal(village.store)] == ["running"]


def test_people_can_read_what_happened_at_each_step(village: Village) -> None:
    village.plan()
    engine = Engine(village.store)
    engine.run_ready()
    work = journal(village.store)[0]["id"]
    assert lines(village.store, work) == [
        ("choose_plot", "Success", None),
        ("pour_foundation", "Success", None),
        ("raise_walls", "Success", None),
        ("is_painted", None, None),
    ]
    village.paint()
    engine.run_ready()
    assert lines(village.store, work)[3] == ("is_painted", "Success", None)


def test_people_can_read_where_it_failed_and_why(village: Village) -> None:
    for house in ("a", "b", "c"):
        village.plan(house)
    Engine(village.store).run_ready()
    work = next(row for row in journal(village.store) if row["resource_id"] == "c")
    assert (work["state"], work["because"]) == ("failed", "No plot is free.")
    assert work["refusal"] == {"meaning": "NoCapacity", "logged": "both plots are taken", "extra": {"asked": 1}}
    assert lines(village.store, work["id"]) == [("choose_plot", "Error", "No plot is free.")]
    assert village.house("c")["fault"] == "No plot is free."


def test_to_wake_a_thing_without_work_is_nothing(village: Village) -> None:
    village.store.write(lambda tx: wake(tx, "house", "home"))
    assert Engine(village.store).run_ready() == 0
