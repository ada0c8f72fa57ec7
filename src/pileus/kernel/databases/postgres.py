"""PostgreSQL runs writers side by side under SERIALIZABLE; those that would contradict each other fail and run again.

Who has failed too often runs alone: every writer passes a gate.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from pileus.kernel.databases.news import News
from pileus.kernel.databases.protocol import CONNECTIONS, PATIENCE, Way
from pileus.kernel.tables import gate

LONGEST_SILENCE = 60
"""Seconds after which PostgreSQL gives up the transaction of a process that has stopped in the middle of it."""

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
            connect_args={"connect_timeout": PATIENCE, "options": " ".join(f"-c {option}" for option in options)},
        )

    @contextlib.contextmanager
    def schema(self) -> Iterator[Connection]:
        """Nodes that start together take turns on an advisory lock."""
        with self.writers.connect() as connection:
            connection.exec_driver_sql("BEGIN; SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")
            yield connection
            connection.commit()

    def news(self, hear: Callable[[str, str], object]) -> News:
        """Over a connection that no pool gives to anybody else."""
        return News(self._own_connection, hear)

    def _own_connection(self) -> Any:
        pooled = self.writers.raw_connection()
        own = pooled.driver_connection
        pooled.detach()
        return own

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
