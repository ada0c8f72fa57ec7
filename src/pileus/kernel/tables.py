"""What tables are made of: the one metadata, the kinds of column, and the statements each table needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Delete,
    Dialect,
    Insert,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    select,
)

Row = Mapping[str, Any]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Id = String(64)
Name = String(255)
Moment = DateTime()
Number = BigInteger().with_variant(Integer, "sqlite")
"""A whole number of 64 bits; as a primary key it counts by itself on both databases."""


gate = Table("store_gate", metadata, Column("id", Integer, primary_key=True), info={"history": False})
"""Always empty: on PostgreSQL every writer locks it, most of them side by side, one that was unlucky alone."""


class Document(TypeDecorator[Any]):
    """Anything JSON can say, kept as text; None is NULL, and moments come back as text."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return _written

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _read


def _written(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _read(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)


class Statements:
    """The statements that find, insert, change and remove one row of a table, each built once."""

    def __init__(self, table: Table) -> None:
        self.kind: str = table.info.get("kind", table.name)
        self.secret: frozenset[str] = frozenset(table.info.get("secret", ()))
        self.kept: bool = table.info.get("history", True)
        self.documents = frozenset(c.name for c in table.c if isinstance(c.type, Document))
        self.keys = tuple(column.name for column in table.primary_key)
        counted = table.autoincrement_column
        self.counted = counted.name if counted is not None and isinstance(counted.type, Integer) else None
        self.names = frozenset(column.name for column in table.c)
        self.defaults = {c.name: _default(c) for c in table.c if c.name != self.counted}
        by_key = [table.c[name] == bindparam(f"key_{name}") for name in self.keys]
        self.insert: Insert = table.insert()
        self.find: Select[Any] = select(table).where(*by_key)
        self.remove: Delete = table.delete().where(*by_key)
        self._table = table
        self._updates: dict[Any, Update] = {}

    def key(self, row: Any) -> dict[str, Any]:
        """The parameters that name a row, given the row or, where the key is one column, its value."""
        if isinstance(row, Mapping):
            return {f"key_{name}": row[name] for name in self.keys}
        return {f"key_{self.keys[0]}": row}

    def update(self, names: Collection[str], expect: Mapping[str, Any]) -> Update:
        """Set `names` in one row if it still has what is expected (parameters `expect_…`)."""
        expected = tuple((name, value is None) for name, value in expect.items())
        found = self._updates.get((frozenset(names), expected))
        if found is None:
            meets = [self._meets(name, empty) for name, empty in expected]
            by_key = [self._table.c[name] == bindparam(f"key_{name}") for name in self.keys]
            found = self._table.update().where(*by_key, *meets).values({name: bindparam(name) for name in names})
            self._updates[frozenset(names), expected] = found
        return found

    def _meets(self, name: str, empty: bool) -> ColumnElement[bool]:
        column = self._table.c[name]
        return column.is_(None) if empty else column == bindparam(f"expect_{name}")


def _default(column: Column[Any]) -> Any:
    default = column.default
    return default.arg if default is not None and default.is_scalar else None  # type: ignore[attr-defined]


@cache
def statements_of(table: Table) -> Statements:
    """A table's statements, built at first use."""
    return Statements(table)
