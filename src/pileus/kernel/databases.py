"""The two databases Pileus runs on: how each is opened, how its transactions begin, what its errors mean.

SQLite (WAL) has one writer at a time, so writers queue on a lock of ours instead of in its busy handler, which
polls.  PostgreSQL runs writers side by side under SERIALIZABLE, and those that would contradict each other fail
and run again; who has failed too often runs alone.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from pileus.kernel.tables import gate

Way = Literal["look", "read", "write", "claim", "alone"]

CONNECTIONS = 16
"""Per pool and process; the thread pools that use them are smaller."""

PATIENCE = 10
"""Seconds a writer waits for another process's writer."""

LONGEST_SILENCE = 60
"""Seconds after which PostgreSQL gives up the transaction of a process that has stopped in the middle of it."""


class Database(Protocol):
    """What the store asks of a database."""

    begins: ClassVar[Mapping[Way, str | None]]
    readers: Engine
    writers: Engine
    turn: contextlib.AbstractContextManager[Any]
    """Held by a writer from before its connection until after its commit."""

    def schema(self) -> contextlib.AbstractContextManager[Connection]:
        """A transaction that may change the schema, while no other does."""

    def passes(self, error: DBAPIError) -> bool:
        """Whether the same transaction may succeed when it runs again."""

    def is_away(self, error: DBAPIError) -> bool:
        """Whether the database, not the statement, is at fault: gone, full, overloaded."""

    def clash(self, error: DBAPIError) -> str | None:
        """What a row collided with, where the other row may be newer than this transaction's view."""


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


SERIALIZATION_FAILURE = "40001"
DEADLOCK_DETECTED = "40P01"
UNIQUE_VIOLATION = "23505"

BY_INDEX = ("enable_seqscan=off", "jit=off")
"""Who reads a whole table under SERIALIZABLE is in the way of all who write to it, and small tables are read whole."""

SCHEMA_LOCK = 0x50494C  # "PIL", so that it meets no other program's

BESIDE, ALONE = f"LOCK TABLE {gate.name} IN ROW SHARE MODE", f"LOCK TABLE {gate.name} IN EXCLUSIVE MODE"
"""How a writer passes the gate.  LOCK takes no snapshot, so who had to wait sees what the others did meanwhile."""


class Postgres:
    """A server that several nodes share."""

    begins: ClassVar[Mapping[Way, str | None]] = {
        "look": None,
        "read": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "write": f"BEGIN ISOLATION LEVEL SERIALIZABLE; {BESIDE}",
        "claim": f"BEGIN ISOLATION LEVEL READ COMMITTED; {BESIDE}",
        "alone": f"BEGIN ISOLATION LEVEL SERIALIZABLE; {ALONE}",
    }

    def __init__(self, url: URL, durable: bool) -> None:
        self.turn: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
        self.readers = self._engine(url, "default_transaction_read_only=on")
        patience = f"lock_timeout={PATIENCE}s", f"idle_in_transaction_session_timeout={LONGEST_SILENCE}s"
        self.writers = self._engine(url, f"synchronous_commit={'on' if durable else 'off'}", *BY_INDEX, *patience)

    def _engine(self, url: URL, *options: str) -> Engine:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            connect_args={"options": " ".join(f"-c {option}" for option in options)},
        )

    @contextlib.contextmanager
    def schema(self) -> Iterator[Connection]:
        """Nodes that start together take turns on an advisory lock."""
        with self.writers.connect() as connection:
            connection.exec_driver_sql("BEGIN; SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")
            yield connection
            connection.commit()

    def passes(self, error: DBAPIError) -> bool:
        """Whether others were in the way, or the server was away."""
        state = getattr(error.orig, "sqlstate", None)
        return state in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED) or error.connection_invalidated

    def is_away(self, error: DBAPIError) -> bool:
        """Whether the server is gone or at its limits."""
        return isinstance(error, OperationalError)

    def clash(self, error: DBAPIError) -> str | None:
        """The constraint and the key that two writers wanted at once."""
        if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
            return None
        told = error.orig.diag  # type: ignore[union-attr]
        return f"{told.constraint_name} {told.message_detail}"


def database(url: str, *, durable: bool = True) -> Database:
    """Open the database a URL names: `sqlite:///path` or `postgresql://…`."""
    parsed = make_url(url)
    return Sqlite(parsed, durable) if parsed.get_backend_name() == "sqlite" else Postgres(parsed, durable)
