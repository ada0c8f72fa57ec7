"""What one store of a test run has compiled is there for the next: compiling took a third of the tests' time.

The dialect is part of the key under which a compiled statement is kept, and every engine has one of its own. In a test
run all dialects of a database are alike.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

KEPT: LRUCache[Any, Any] = LRUCache(10_000)


class AlikeSqlite(SQLiteDialect_pysqlite):
    """SQLite's."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AlikeSqlite)

    def __hash__(self) -> int:
        return hash(AlikeSqlite)


class AlikePostgres(PGDialect_psycopg):
    """PostgreSQL's."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AlikePostgres)

    def __hash__(self) -> int:
        return hash(AlikePostgres)


registry.register("sqlite", __name__, AlikeSqlite.__name__)
registry.register("postgresql.psycopg", __name__, AlikePostgres.__name__)


@event.listens_for(Engine, "engine_connect")
def _share(connection: Connection) -> None:
    if isinstance(connection.dialect, AlikeSqlite | AlikePostgres):
        connection.execution_options(compiled_cache=KEPT)
