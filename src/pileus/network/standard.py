"""What every resource of this API carries: an owner, a description, tags, moments, and a count of its changes."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy
from msgspec import Meta
from sqlalchemy import Column, ColumnElement, Dialect, Integer, String, Table, TypeDecorator, func, type_coerce

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.store import Id, Moment, Row, Tx
from pileus.kernel.values import Count, Flag, Text
from pileus.network.api import typed

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

ProjectId = Annotated[str, Meta(min_length=1, max_length=64)]


def settable(default: Any, **more: Any) -> Any:
    """A field given when a thing is made (else it has a default) and changed later."""
    return given("create", default=default, **more) | given("update", default=UNSET, **more)


def sought(kind: Any = str, **more: Any) -> Any:
    """A field that lists can be narrowed by; given several times, any of the values will do."""
    return given("list", types.GenericAlias(list, (kind,)), default=UNSET, **more)


class Sought(Resource):
    """The words of a list's query that are no filters."""

    limit: Count = given("list", default=UNSET)
    marker: str = given("list", default=UNSET)
    page_reverse: Flag = given("list", default=UNSET)
    sort_key: list[str] = given("list", default=UNSET)
    sort_dir: list[str] = given("list", default=UNSET)
    fields: list[str] = given("list show", default=UNSET)
    verbose: str = given("list show", default=UNSET)


class Standard(Sought):
    """What every resource carries."""

    id: str = sought() | shown()
    project_id: ProjectId = given("create", default=UNSET) | sought() | shown()
    tenant_id: ProjectId = given("create", default=UNSET) | sought() | shown()
    description: Text = settable("") | sought() | shown()
    tags: list[str] = sought() | shown()
    tags_any: list[str] = sought(wire="tags-any")
    not_tags: list[str] = sought(wire="not-tags")
    not_tags_any: list[str] = sought(wire="not-tags-any")
    changed_since: datetime = given("list", default=UNSET)
    revision_number: int = sought(int) | shown()
    created_at: datetime = shown()
    updated_at: datetime = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────


class Lines(TypeDecorator[Sequence[str]]):
    """A few short texts, each on a line of its own between newlines, so that a whole one can be searched for."""

    impl = sqlalchemy.Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return lambda texts: "\n" + "".join(f"{text}\n" for text in texts)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], list[str]]:
        return lambda text: text[1:].splitlines()


def has_line(column: ColumnElement[Any], line: str) -> ColumnElement[bool]:
    """Whether one of a column's lines is exactly this (`LIKE` would not tell `a` from `A` everywhere)."""
    text = type_coerce(column, sqlalchemy.Text)
    return func.replace(text, f"\n{line}\n", "") != text


def standard_columns() -> list[Column[Any]]:
    """Columns of what every resource carries."""
    return [
        Column("id", Id, primary_key=True),
        Column("project_id", Id, nullable=False, index=True),
        Column("description", String(255), nullable=False, default=""),
        Column("tags", Lines, nullable=False, default=()),
        Column("revision_number", Integer, nullable=False, default=1),
        Column("created_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
    ]


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def owner_of(who: Caller, asked: Any) -> str:
    """The project a new thing is for: the caller's, or one that an administrator names."""
    named = {one for one in (asked.project_id, asked.tenant_id) if one is not UNSET}
    if len(named) > 1:
        raise typed(Invalid, "HTTPBadRequest", "'project_id' and 'tenant_id' do not match")
    owner = named.pop() if named else who.project_id
    if not owner:
        raise typed(Invalid, "HTTPBadRequest", "A project is wanted: the token is scoped to none.")
    if owner != who.project_id and not (who.may("context_is_admin") or who.may("service_api")):
        said = "Specifying 'project_id' or 'tenant_id' other than the authenticated project requires admin privileges"
        raise typed(Invalid, "HTTPBadRequest", said)
    return owner


def new_target(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The policy's target for a thing that is not made yet."""
    owner = owner_of(who, asked)
    return {"project_id": owner, "tenant_id": owner}


def insist(who: Caller, rule: str, target: Mapping[str, Any]) -> None:
    """Raise Forbidden unless a policy rule permits this."""
    if not who.may(rule, target):
        raise Forbidden(f"Policy doesn't allow {rule} to be performed.")


def made(tx: Tx, table: Table, **values: Any) -> dict[str, Any]:
    """Write a new row; it was last changed when it was made."""
    return tx.insert(table, updated_at=tx.now, **values)


def changed(tx: Tx, table: Table, row: Row, **values: Any) -> bool:
    """Set those columns that differ and count the change; whether there was one."""
    new = {name: value for name, value in values.items() if value is not UNSET and row[name] != value}
    if new:
        tx.change(table, row["id"], revision_number=row["revision_number"] + 1, updated_at=tx.now, **new)
    return bool(new)


def touched(tx: Tx, table: Table, row: Row) -> None:
    """Count a change of something that belongs to the row."""
    tx.change(table, row["id"], revision_number=row["revision_number"] + 1, updated_at=tx.now)
