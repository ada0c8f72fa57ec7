"""What the store asks of a database."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from pileus.kernel.databases.news import News

Way = Literal["look", "read", "write", "claim", "alone"]

CONNECTIONS = 16
"""Per pool and process; the thread pools that use them are smaller."""

PATIENCE = 10
"""Seconds a writer waits for another process's writer, and anybody for a server to be reached."""


class Database(Protocol):
    """How it is opened, how its transactions begin, what its errors mean."""

    begins: ClassVar[Mapping[Way, str | None]]
    readers: Engine
    writers: Engine
    turn: contextlib.AbstractContextManager[Any]
    """Held by a writer from before its connection until after its commit."""

    def schema(self) -> contextlib.AbstractContextManager[Connection]:
        """A transaction that may change the schema, while no other does."""

    def news(self, hear: Callable[[str, str], object]) -> News | None:
        """A way to tell other nodes and hear from them; None where there is only one."""

    def passes(self, error: DBAPIError) -> bool:
        """Whether the same transaction may succeed when it runs again."""

    def is_away(self, error: DBAPIError) -> bool:
        """Whether the database, not the statement, is at fault: gone, full, overloaded."""

    def clash(self, error: DBAPIError) -> str | None:
        """What a row collided with, where the other row may be newer than this transaction's view."""
