"""What only SQLite does."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from pileus.kernel.store import Store
from tests.things import all_things, tables, things

WAL, FULL = "wal", 2


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
