"""Lists in pages: rows after the one a marker names, in any order of columns, whatever changes between pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Select, Table, and_, false, or_, tuple_

from pileus.kernel.errors import Invalid
from pileus.kernel.tables import Row
from pileus.kernel.transaction import Tx

Sort = Sequence[tuple[str, str]]
"""Column names, each with "asc" or "desc"."""


class Page(NamedTuple):
    """Some rows, and whether more follow."""

    rows: Sequence[Row]
    more: bool
    tie: str = "id"

    @property
    def marker(self) -> str:
        """What names the last row, for the address of the next page."""
        return str(self.rows[-1][self.tie])


def page(
    tx: Tx,
    select: Select[Any],
    table: Table,
    *,
    limit: int | None = None,
    marker: str | None = None,
    sort: Sort = (("created_at", "desc"),),
    tie: str = "id",
    most: int | None = 1000,
    scope: Select[Any] | None = None,
    backward: bool = False,
) -> Page:
    """The rows of `select` after the marker's, in order; NULL is lower than everything, on both databases.

    `tie` is a unique column that settles equal rows and that the marker names; the marker's row must be in
    `scope` (`select` unless given).  `backward` pages towards the beginning.  Raises Invalid for a marker or a
    sort key that is unknown.
    """
    keys = _keys(table, sort, tie)
    order = [(column, rising is not backward) for column, rising in keys]
    if marker is not None:
        last = tx.one((select if scope is None else scope).where(table.c[tie] == marker).limit(1))
        if last is None:
            raise Invalid(f"marker [{marker}] not found")
        select = select.where(_after(order, [last[column.name] for column, _ in order]))
    wanted = most if limit is None else limit if most is None else min(limit, most)
    select = select.order_by(*(_ordered(column, rising) for column, rising in order))
    rows = tx.all(select if wanted is None else select.limit(wanted + 1))
    shown = rows[:wanted]
    return Page(shown[::-1] if backward else shown, 0 < len(shown) < len(rows), tie)


def _keys(table: Table, sort: Sort, tie: str) -> list[tuple[Column[Any], bool]]:
    unknown = [name for name, way in sort if name not in table.c or way not in ("asc", "desc")]
    if unknown:
        raise Invalid(f"Invalid sort key: {unknown[0]}")
    keys = [(table.c[name], way == "asc") for name, way in dict(reversed(sort)).items()][::-1]
    names = [column.name for column, _ in keys]
    if tie in names:
        return keys[: names.index(tie) + 1]
    return [*keys, (table.c[tie], keys[-1][1] if keys else True)]


def _ordered(column: Column[Any], rising: bool) -> ColumnElement[Any]:
    ordered = column.asc() if rising else column.desc()
    if not column.nullable:
        return ordered
    return ordered.nulls_first() if rising else ordered.nulls_last()


def _after(order: list[tuple[Column[Any], bool]], values: list[Any]) -> ColumnElement[bool]:
    """Rows that come later; one comparison of tuples where an index can serve it."""
    columns = [column for column, _ in order]
    if len({rising for _, rising in order}) == 1 and not any(column.nullable for column in columns):
        mine, theirs = tuple_(*columns), tuple_(*values)
        return mine > theirs if order[0][1] else mine < theirs
    same = [column.is_not_distinct_from(value) for column, value in zip(columns, values, strict=True)]
    beyond = [_later(column, rising, value) for (column, rising), value in zip(order, values, strict=True)]
    return or_(*(and_(*same[:at], beyond[at]) for at in range(len(order))))


def _later(column: Column[Any], rising: bool, value: Any) -> ColumnElement[bool]:
    if value is None:
        return column.is_not(None) if rising else false()
    beyond: ColumnElement[bool] = column > value if rising else column < value
    return or_(beyond, column.is_(None)) if column.nullable and not rising else beyond
