"""What only PostgreSQL does."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import OverQuota, Refusal, Unavailable
from pileus.kernel.store import Store, Tx
from tests.conftest import opened
from tests.databases.templates import postgres_copy
from tests.things import all_things, tables, things

LIMITS = ("lock_timeout", "idle_in_transaction_session_timeout")


def test_who_always_meets_others_on_postgresql_is_let_in_alone(postgres_store: Store) -> None:
    postgres_store.sketch(tables)
    made = postgres_store.write(lambda tx: tx.insert(things, size=0))
    meetings: list[Future[object]] = []
    sizes = itertools.count(1)

    def meanwhile(tx: Tx) -> None:
        tx.change(things, made["id"], size=next(sizes))  # always another, or nothing is changed

    with ThreadPoolExecutor(1) as pool:

        def rule(tx: Tx) -> None:
            row = tx.find(things, made["id"])
            meetings.append(pool.submit(postgres_store.write, meanwhile))
            wait(meetings, timeout=30 if len(meetings) < 4 else 0.2)  # the fourth has to wait for us
            tx.change(things, row, size=-1)

        postgres_store.write(rule)
        assert len(meetings) == 4
        assert meetings.pop().result() is None


@pytest.mark.slow
def test_of_many_writers_on_two_nodes_none_is_sent_away_and_no_place_is_given_twice(clock: HeldClock) -> None:
    def take(tx: Tx) -> None:
        if len(tx.all(all_things)) >= 100:
            raise OverQuota("There is no room.")
        tx.insert(things)

    def one(node: Store) -> str:
        try:
            node.write(take)
            return "made"
        except Refusal as refusal:
            return type(refusal).__name__

    with postgres_copy() as url, opened(url, clock) as left, opened(url, clock) as right:
        left.sketch(tables)
        with ThreadPoolExecutor(50) as pool:
            outcomes = Counter(pool.map(one, [left, right] * 125))
    assert outcomes == {"made": 100, "OverQuota": 150}


def test_a_writer_that_stands_still_is_not_waited_for_for_ever(postgres_store: Store) -> None:
    postgres_store.sketch(tables)
    postgres_store.write(lambda tx: tx.all(text("SELECT 1")))
    database = postgres_store._database
    with database.writers.connect() as stuck:
        limits = [stuck.exec_driver_sql(f"SHOW {name}").scalar() for name in LIMITS]
        assert limits == ["10s", "1min"]
        stuck.exec_driver_sql(database.begins["alone"] or "")
        assert postgres_store.look(lambda tx: tx.all(all_things)) == []
        with database.writers.connect() as other, pytest.raises(OperationalError, match="lock timeout") as met:
            other.exec_driver_sql("SET lock_timeout = '50ms'")
            other.exec_driver_sql(database.begins["write"] or "")
        assert isinstance(postgres_store._meaning(met.value), Unavailable)
        stuck.rollback()


def test_a_server_that_dropped_the_connections_is_connected_to_again(postgres_store: Store) -> None:
    postgres_store.sketch(tables)
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    dropped = text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    postgres_store.look(lambda tx: tx.all(all_things))
    postgres_store.write(lambda tx: tx.all(dropped))
    assert postgres_store.look(lambda tx: tx.all(all_things)) == []
    postgres_store.look(lambda tx: tx.all(dropped))
    assert postgres_store.write(lambda tx: tx.insert(things))["id"]
