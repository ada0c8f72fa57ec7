"""Which images a caller finds by its filters."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, String, and_, cast, false, func, or_, select, true

from pileus.image.api import rules_all
from pileus.image.images.shape import ImageQuery
from pileus.image.images.table import images, members
from pileus.image.protections import Protections
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.paging import Sort
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Page, Tx, page

USUAL = 25
"""Images on a page when the caller does not say."""

SORTS = ("name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at")


def many_images(tx: Tx, who: Caller, asked: ImageQuery) -> Page:
    """A page of the images a query describes, among those the caller may see; raises Invalid."""
    chosen = select(images).where(_visible(who, asked), *_conditions(asked), *_extras(tx, who, asked))
    limit = USUAL if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    scope = select(images).where(readable(who))
    if marker is not None and tx.one(scope.where(images.c.id == marker)) is None:
        raise Invalid(f"No image found with ID {marker}")
    if not limit:
        return Page([], more=False)
    return page(tx, chosen, images, limit=limit, marker=marker, sort=_sort(asked), scope=scope)


def readable(who: Caller) -> ColumnElement[bool]:
    """What the caller may read, whether or not lists show it."""
    shared = select(members.c.image_id).where(members.c.member_id == who.project_id)
    with_me = and_(images.c.visibility == "shared", images.c.id.in_(shared))
    return true() if rules_all(who) else or_(images.c.owner == who.project_id, with_me, _is("public"), _is("community"))


def _visible(who: Caller, asked: ImageQuery) -> ColumnElement[bool]:
    """What a list shows: one's own, public ones, shared ones one has accepted; community ones when asked for."""
    if asked.member_status not in ("pending", "accepted", "rejected", "all"):
        raise Invalid(f"Invalid status: {asked.member_status}.")
    shared = select(members.c.image_id).where(members.c.member_id == who.project_id)
    if asked.member_status != "all":
        shared = shared.where(members.c.status == asked.member_status)
    own = images.c.owner == who.project_id
    with_me = and_(images.c.visibility == "shared", images.c.id.in_(shared))
    wanted = asked.visibility
    if wanted is UNSET:
        everybody = [images.c.visibility != "community", own] if rules_all(who) else [own, with_me, _is("public")]
        return or_(*everybody)
    if wanted == "all":
        return true() if rules_all(who) else or_(own, with_me, _is("public"), _is("community"))
    if wanted not in ("public", "private", "shared", "community"):
        raise Invalid(f"Invalid visibility value: {wanted}.")
    if wanted in ("public", "community") or rules_all(who):
        return _is(wanted)
    return and_(_is(wanted), or_(own, with_me))


def _is(visibility: str) -> ColumnElement[bool]:
    return images.c.visibility == visibility


_TEXTS: dict[str, Column[Any]] = {
    name: images.c[name]
    for name in ("name", "id", "status", "disk_format", "container_format", "checksum", "os_hash_value", "owner")
}
_LISTED = ("name", "id", "status", "disk_format", "container_format")
"""Filters that take `in:a,b`."""


def _conditions(asked: ImageQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [images.c.os_hidden.is_(asked.os_hidden)]
    for name, column in _TEXTS.items():
        text = getattr(asked, name)
        if text is not UNSET:
            found.append(_one_of(column, text) if name in _LISTED else column == text)
    for name, column, compare in _COUNTS:
        text = getattr(asked, name)
        if text is not UNSET:
            found.append(compare(column, _count(name, text)))
    if asked.protected is not UNSET:
        found.append(images.c.protected.is_(asked.protected))
    found += [_tagged(tag) for tag in ([] if asked.tag is UNSET else asked.tag)]
    for name in ("created_at", "updated_at"):
        if getattr(asked, name) is not UNSET:
            found.append(_time(images.c[name], getattr(asked, name)))
    return found


_COUNTS: tuple[tuple[str, Column[Any], Callable[[Any, Any], ColumnElement[bool]]], ...] = (
    ("size_min", images.c.size, operator.ge),
    ("size_max", images.c.size, operator.le),
    ("size", images.c.size, operator.eq),
    ("min_disk", images.c.min_disk, operator.eq),
    ("min_ram", images.c.min_ram, operator.eq),
)


def _count(name: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Invalid(f"Cannot convert filter {name} to a whole number of at least 0: {text}")
    return int(text)


def _one_of(column: Column[Any], text: str) -> ColumnElement[bool]:
    """`value`, or `in:a,"b,c",d`."""
    if not text.startswith("in:"):
        return column == text
    return column.in_(_split(text.removeprefix("in:")))


def _split(text: str) -> list[str]:
    """Comma-separated values, in quotes where they hold a comma; raises Invalid."""
    found, current, quoted = [], "", False
    for one in text:
        if one == '"':
            quoted = not quoted
        elif one == "," and not quoted:
            found.append(current)
            current = ""
        else:
            current += one
    if quoted or any(not value for value in (*found, current)):
        raise Invalid(f"Invalid filter value {text}. The quote is not closed, or a value is missing.")
    return [*found, current]


_SECOND = timedelta(seconds=1)
_TIMES: dict[str, Callable[[Column[Any], datetime], ColumnElement[bool]]] = {
    "gt": lambda column, at: column >= at + _SECOND,
    "gte": lambda column, at: column >= at,
    "lt": lambda column, at: column < at,
    "lte": lambda column, at: column < at + _SECOND,
    "eq": lambda column, at: and_(column >= at, column < at + _SECOND),
    "neq": lambda column, at: or_(column < at, column >= at + _SECOND),
}
"""Comparisons of moments as callers see them: whole seconds."""


def _time(column: Column[Any], text: str) -> ColumnElement[bool]:
    """`gte:2026-01-01T00:00:00Z` and its kind."""
    word, _, rest = text.partition(":")
    try:
        at = datetime.fromisoformat(rest if word in _TIMES else text)
        at = (at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)).replace(microsecond=0)
        return _TIMES.get(word, _TIMES["eq"])(column, at)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"Invalid date or operator in filter: {text}") from error


def _holds(column: Column[Any], *texts: str) -> ColumnElement[bool]:
    """Whether what is kept as JSON holds one of these texts; LIKE would not mind upper and lower case on SQLite."""
    document = cast(column, String)
    return or_(*(func.replace(document, text, "") != document for text in texts))


def _tagged(tag: str) -> ColumnElement[bool]:
    quoted = _quoted(tag)
    return _holds(images.c.tags, f"[{quoted}", f",{quoted}")


def _extras(tx: Tx, who: Caller, asked: ImageQuery) -> list[ColumnElement[bool]]:
    """Undeclared keys: additional properties that have exactly that value; one the caller may not read has none."""
    protections = tx.part(Protections)
    if not all(protections.may(who, "read", name) for name, _ in asked.extras):
        return [false()]
    return [_holds(images.c.extras, f"{_quoted(name)}:{_quoted(value)}") for name, value in asked.extras]


def _quoted(text: str) -> str:
    """A text as it stands in a document."""
    return msgspec.json.encode(text).decode()


def _sort(asked: ImageQuery) -> Sort:
    """`sort=name:asc,size`, or `sort_key` and `sort_dir` pairwise; raises Invalid."""
    if asked.sort is not UNSET:
        if asked.sort_key is not UNSET or asked.sort_dir is not UNSET:
            raise Invalid("Old and new sorting syntax cannot be combined")
        pairs = [one.strip().partition(":") for one in asked.sort.split(",")]
        keys, ways = [one[0] for one in pairs], [one[2] or "desc" for one in pairs]
    else:
        keys = [] if asked.sort_key is UNSET else list(asked.sort_key)
        ways = [] if asked.sort_dir is UNSET else list(asked.sort_dir)
        if len(ways) > max(1, len(keys)):
            raise Invalid("Number of sort dirs does not match the number of sort keys")
        keys = keys or ["created_at"]
        ways = ways * len(keys) if len(ways) == 1 else ways or ["desc"] * len(keys)
        if len(ways) != len(keys):
            raise Invalid("Number of sort dirs does not match the number of sort keys")
    for key in keys:
        if key not in SORTS:
            raise Invalid(f"Invalid sort key: {key}. It must be one of the following: {', '.join(SORTS)}.")
    if any(way not in ("asc", "desc") for way in ways):
        raise Invalid(f"Invalid sort direction: {ways}")
    order = list(zip(keys, ways, strict=True))
    return order if "created_at" in keys else [*order, ("created_at", "desc")]
