"""How every list of this API is filtered, sorted and cut into pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Select, String, Table, func, literal, select

from pileus.kernel.caller import Caller
from pileus.kernel.databases.texts import begins, ends, holds, starts
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET, Resource, given
from pileus.kernel.store import Page, Tx, page
from pileus.kernel.values import Positive

Compare = Callable[[Column[Any], str], ColumnElement[bool]]

COMPARISONS: dict[str, Compare] = {
    "contains": lambda column, text: holds(column, literal(text)),
    "startswith": begins,
    "endswith": lambda column, text: ends(column, literal(text)),
    "icontains": lambda column, text: holds(func.lower(column), func.lower(text)),
    "istartswith": lambda column, text: starts(func.lower(column), func.lower(text)),
    "iendswith": lambda column, text: ends(func.lower(column), func.lower(text)),
}
"""`name__contains=web` and the like."""


class Listed(Resource):
    """Something that is listed in pages."""

    limit: Positive | None = given("list", default=None)
    marker: str | None = given("list", default=None)
    sort_key: str | None = given("list", default=None)
    sort_dir: Literal["asc", "desc"] = given("list", default="asc")


def chosen(table: Table, asked: Any, *names: str) -> list[ColumnElement[bool]]:
    """The conditions a query's filters set on columns of these names."""
    conditions = [table.c[name] == getattr(asked, name) for name in names if getattr(asked, name) is not UNSET]
    for key, text in asked.extras:
        name, _, comparison = key.partition("__")
        if name in names and comparison in COMPARISONS and isinstance(table.c[name].type, String):
            conditions.append(COMPARISONS[comparison](table.c[name], text))
    return conditions


def listed(
    tx: Tx, table: Table, asked: Any, *conditions: ColumnElement[bool], rows: Select[Any] | None = None, **params: Any
) -> Page:
    """A page of a table's rows (or of those `rows` selects) that meet the conditions."""
    if asked.sort_key in table.info.get("secret", ()):
        raise Invalid(f"Invalid sort key: {asked.sort_key}")
    found = (select(table) if rows is None else rows).where(*conditions)
    sort = [(asked.sort_key, asked.sort_dir)] if asked.sort_key else _by_beginning(table, asked)
    return page(tx, found, table, limit=asked.limit, marker=asked.marker, sort=sort, most=None, **params)


def _by_beginning(table: Table, asked: Any) -> list[tuple[str, str]]:
    """Where names begin with the same letters they come in their order: an index finds a page of them at once."""
    wanted = "name" in table.c and any(key == "name__startswith" for key, _ in asked.extras)
    return [("name", "asc")] if wanted else []


def of_own_domain(who: Caller, table: Table) -> list[ColumnElement[bool]]:
    """The condition that a domain's caller sees rows of its domain only; none for others."""
    return [] if who.domain_id is None else [table.c.domain_id == who.domain_id]


def given_of(asked: Any, names: str) -> dict[str, Any]:
    """Those of the named fields that were given."""
    found = {name: getattr(asked, name) for name in names.split()}
    return {name: value for name, value in found.items() if value is not UNSET}
