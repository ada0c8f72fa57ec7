"""SQLite in WAL mode: one writer at a time, who queues on a lock of ours, because its own busy handler polls."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from pileus.kernel.databases.protocol import CONNECTIONS, PATIENCE, Way

OUR_MISTAKES = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE)


class Sqlite:
    """One file beside the processes that use it."""

    begins: ClassVar[Mapping[Way, str | None]] = {
        "look": None,
        "read": "BEGIN",
        "write": "BEGIN IMMEDIATE",
        "claim": "BEGIN IMMEDIATE",
        "alone": "BEGIN IMMEDIATE",
    }

    def __init__(self, url: URL, durable: bool) -> None:
        self.turn: contextlib.AbstractContextManager[Any] = threading.Lock()
        self.readers = self._engine(url, CONNECTIONS, ["query_only = ON"])
        self.writers = self._engine(url, 1, [f"synchronous = {'FULL' if durable else 'OFF'}"])

    def _engine(self, url: URL, size: int, pragmas: list[str]) -> Engine:
        given = {"timeout": PATIENCE, "check_same_thread": False}
        engine = create_engine(
            url, isolation_level="AUTOCOMMIT", hide_parameters=True, pool_size=size, max_overflow=0, connect_args=given
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            for pragma in ["journal_mode = WAL", "foreign_keys = ON", "temp_store = MEMORY", *pragmas]:
                connection.execute(f"PRAGMA {pragma}")

        return engine

    @contextlib.contextmanager
    def schema(self) -> Iterator[Connection]:
        """Foreign keys sleep meanwhile: a table that is made anew is dropped first, and drops its children's rows."""
        with self.turn, self.writers.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                connection.commit()
            finally:
                connection.rollback()
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")

    def news(self, hear: Callable[[str, str], object]) -> None:
        """None: a file has one node."""

    def passes(self, error: DBAPIError) -> bool:
        """Never: a writer is alone."""
        return False

    def is_away(self, error: DBAPIError) -> bool:
        """Whether the file is locked, full or unreadable (the primary code is the low byte)."""
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code & 0xFF not in OUR_MISTAKES

    def clash(self, error: DBAPIError) -> str | None:
        """Never newer: a writer is alone."""
        return None
