"""Lists as Neutron's callers ask for them: filters, sorting, pages both ways, and only the fields they want.

A `Collection` says once how a resource is read; lists and finders are made from it.  Which rows a caller sees
is asked of the policy itself: may it see a stranger's, its own, a shared one?  What it may becomes a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Table, and_, bindparam, false, not_, or_

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Answer
from pileus.kernel.store import Page, Tx, page
from pileus.network.api import typed
from pileus.network.standard import Sought, has_line

Filter = Callable[[list[Any]], ColumnElement[bool]]
Rows = Sequence[Mapping[str, Any]]

_STRANGER = {
    "project_id": "",
    "tenant_id": "",
    "network:project_id": "",
    "security_group:project_id": "",
    "shared": False,
    "router:external": False,
}
"""Something of somebody else's, shared with nobody."""

_TAGS = ("tags", "tags_any", "not_tags", "not_tags_any")
_WORDS = frozenset([*_TAGS, "changed_since", *Sought.declared.clauses])


def _as_they_are(tx: Tx, rows: Rows) -> Rows:
    return rows


@dataclass(frozen=True)
class Collection:
    """How a resource's rows are read, and who sees which."""

    what: str
    """As in `NetworkNotFound`."""
    sentence: str
    """What is said of one that is not there; `{}` is its identifier."""
    table: Table
    rows: Select[Any]
    """Every row, with all that is shown of it and asked by policies."""
    rule: str
    """The policy rule by which a caller sees one."""
    ways: Mapping[str, ColumnElement[Any]]
    """What may make a row visible: a project that owns it, or a flag that shares it, by the policy's name for it."""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    """Filters that are not simply a column of the same name."""
    complete: Callable[[Tx, Rows], Rows] = _as_they_are
    """Adds to rows what stands in other tables."""

    @cached_property
    def by_id(self) -> Select[Any]:
        """One row by its identifier."""
        return self.rows.where(self.table.c.id == bindparam("id"))

    def bare(self, tx: Tx, id: str) -> Mapping[str, Any]:
        """One as its own row says, whoever asks; raises Missing."""
        row = tx.one(self.by_id, id=id)
        if row is None:
            raise self.missing(id)
        return dict(row)

    def one(self, tx: Tx, id: str) -> Mapping[str, Any]:
        """One in full, whoever asks; raises Missing."""
        return self.complete(tx, [self.bare(tx, id)])[0]

    def known(self, tx: Tx, who: Caller, id: str) -> Mapping[str, Any]:
        """One, as its own row says, that the caller may see; raises Missing for any other."""
        row = self.bare(tx, id)
        if not who.may(self.rule, row):
            raise self.missing(id)
        return row

    def seen(self, tx: Tx, who: Caller, id: str) -> Mapping[str, Any]:
        """One in full that the caller may see; raises Missing for any other."""
        return self.complete(tx, [self.known(tx, who, id)])[0]

    def finder(self, variable: str) -> Callable[..., Mapping[str, Any]]:
        """A route's finder: the one whose identifier stands in the path."""
        return lambda tx, who, path, asked: self.seen(tx, who, path[variable])

    def missing(self, id: str) -> Missing:
        """That there is none of this identifier."""
        return Missing(self.sentence.format(id), extra={"type": f"{self.what}NotFound"})

    def visible(self, who: Caller) -> Select[Any]:
        """The rows a caller may see."""
        if who.may(self.rule, _STRANGER):
            return self.rows
        conditions = [condition for condition in self._conditions(who) if condition is not None]
        return self.rows.where(or_(*conditions)) if conditions else self.rows.where(false())

    def _conditions(self, who: Caller) -> Sequence[ColumnElement[bool] | None]:
        return [self._way(who, name, column) for name, column in self.ways.items()]

    def _way(self, who: Caller, name: str, column: ColumnElement[Any]) -> ColumnElement[bool] | None:
        flag = isinstance(column.type, Boolean)
        if not who.may(self.rule, {**_STRANGER, name: True if flag else who.project_id}):
            return None
        return column.is_(True) if flag else column == who.project_id

    def listed(self, tx: Tx, who: Caller, asked: Any) -> Answer:
        """The page of rows that was asked for; raises Invalid, or Missing for an unknown marker."""
        visible = self.visible(who)
        backward = asked.page_reverse is True
        marker = None if asked.marker is UNSET else asked.marker
        limit = None if asked.limit is UNSET else asked.limit or None
        wanted, sort = visible.where(*self._narrowed(asked)), self._sort(asked)
        try:
            found = page(
                tx,
                wanted,
                self.table,
                limit=limit,
                marker=marker,
                sort=sort,
                most=None,
                scope=visible,
                backward=backward,
            )
        except Invalid as error:
            raise self.missing(str(marker)) from error
        rows = list(self.complete(tx, [dict(row) for row in found.rows]))
        return Answer(Page(rows, found.more), only=chosen(asked))

    def _narrowed(self, asked: Any) -> list[ColumnElement[bool]]:
        if asked.extras:
            unknown = sorted({name for name, _ in asked.extras})
            raise typed(Invalid, "HTTPBadRequest", f"{unknown} is invalid attribute for filtering")
        conditions = list(_tagged(self.table, asked))
        for name in asked.__struct_fields__:
            values = getattr(asked, name)
            if values is UNSET or name in _WORDS:
                continue
            conditions.append(self._filter(name)(values))
        return conditions

    def _filter(self, name: str) -> Filter:
        own = self.filters.get(name)
        column = self.table.c["project_id" if name == "tenant_id" else name] if own is None else None
        return own if own is not None else lambda values: any_of(column, values)

    def _sort(self, asked: Any) -> list[tuple[str, str]]:
        keys = [] if asked.sort_key is UNSET else asked.sort_key
        ways = ["asc"] * len(keys) if asked.sort_dir is UNSET else asked.sort_dir
        if len(keys) != len(ways):
            raise typed(Invalid, "HTTPBadRequest", "The number of sort_keys and sort_dirs must be same")
        keys = ["project_id" if key == "tenant_id" else key for key in keys]
        for key, way in zip(keys, ways, strict=True):
            if key not in self.table.c or not (key in asked.__struct_fields__ or key.endswith("_at")) or key in _WORDS:
                raise typed(Invalid, "HTTPBadRequest", f"['{key}'] is invalid attribute for sort_keys")
            if way not in ("asc", "desc"):
                said = f"['{way}'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'"
                raise typed(Invalid, "HTTPBadRequest", said)
        return list(zip(keys, ways, strict=True)) or [("id", "asc")]


def chosen(asked: Any) -> frozenset[str] | None:
    """The fields a caller wants to see; None is all."""
    return None if asked.fields is UNSET else frozenset(asked.fields)


def any_of(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a column has one of some values."""
    found: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return found


def _tagged(table: Table, asked: Any) -> Sequence[ColumnElement[bool]]:
    """Conditions on tags (`tags=red,blue` is both) and on the moment of the last change."""
    found: list[ColumnElement[bool]] = []
    for name in _TAGS:
        texts = getattr(asked, name, UNSET)
        if texts is UNSET:
            continue
        carried = [has_line(table.c.tags, tag) for text in texts for tag in text.split(",")]
        joined = or_(*carried) if name.endswith("any") else and_(*carried)
        found.append(not_(joined) if name.startswith("not") else joined)
    since = getattr(asked, "changed_since", UNSET)
    if since is not UNSET:
        found.append(table.c.updated_at >= _naive(since))
    return found


def _naive(at: datetime) -> datetime:
    try:
        return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise typed(Invalid, "HTTPBadRequest", f"changed_since: {at} is no moment of this calendar") from error
