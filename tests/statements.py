"""What one store of a test run has compiled is there for the next: compiling took a third of the fast tests' time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

KEPT: LRUCache[Any, Any] = LRUCache(5000)


class AlikeDialect(SQLiteDialect_pysqlite):
    """SQLite's; every one is like another, so what was compiled for one serves all (it is part of the cache's key)."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AlikeDialect)

    def __hash__(self) -> int:
        return hash(AlikeDialect)


registry.register("sqlite.alike", __name__, AlikeDialect.__name__)


@event.listens_for(Engine, "engine_connect")
def _share(connection: Connection) -> None:
    if isinstance(connection.dialect, AlikeDialect):
        connection.execution_options(compiled_cache=KEPT)
