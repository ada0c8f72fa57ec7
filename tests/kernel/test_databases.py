"""What only one of the two databases does, and a database that is away."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from pileus.kernel.errors import Unavailable
from pileus.kernel.store import Store, Tx
from tests.things import all_things, tables, things

WAL, FULL = "wal", 2


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://nobody@/none?host=/nowhere"])
def test_a_database_that_is_away_is_unavailable_and_nothing_of_its_inside_is_told(url: str) -> None:
    with pytest.raises(Unavailable) as met:
        Store(url).read(lambda tx: tx.all(all_things))
    assert "nowhere" not in met.value.said
    assert met.value.logged != met.value.said


def test_a_commit_on_sqlite_is_on_the_disk(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/cloud.db")
    found = store.write(lambda tx: (tx.value(text("PRAGMA journal_mode")), tx.value(text("PRAGMA synchronous"))))
    assert found == (WAL, FULL)


def test_a_writer_in_another_process_is_waited_for(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.sketch(tables)
    with sqlite3.connect(tmp_path / "cloud.db", isolation_level=None, check_same_thread=False) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(sqlite_store.write, lambda tx: tx.insert(things))
            assert sqlite_store.read(lambda tx: tx.all(all_things)) == []
            other.execute("COMMIT")
            assert made.result()["id"]


def test_who_always_meets_others_on_postgresql_is_told_to_come_back(postgres_store: Store) -> None:
    postgres_store.sketch(tables)
    made = postgres_store.write(lambda tx: tx.insert(things, size=0))
    runs: list[int] = []

    def meanwhile(tx: Tx) -> None:
        tx.change(things, made["id"], size=len(runs) + 1)

    def rule(tx: Tx) -> None:
        row = tx.find(things, made["id"])
        with ThreadPoolExecutor(1) as pool:
            pool.submit(postgres_store.write, meanwhile).result()
        runs.append(1)
        tx.change(things, row, size=-1)

    with pytest.raises(Unavailable, match="at once"):
        postgres_store.write(rule)
    assert len(runs) == 12


def test_a_server_that_dropped_the_connections_is_connected_to_again(postgres_store: Store) -> None:
    postgres_store.sketch(tables)
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    dropped = text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    postgres_store.look(lambda tx: tx.all(all_things))
    postgres_store.write(lambda tx: tx.all(dropped))
    assert postgres_store.look(lambda tx: tx.all(all_things)) == []
    postgres_store.look(lambda tx: tx.all(dropped))
    assert postgres_store.write(lambda tx: tx.insert(things))["id"]
