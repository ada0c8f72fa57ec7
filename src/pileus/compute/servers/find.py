"""Which servers a caller finds: one by its identifier, or many by their filters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, false, func, or_, select, type_coerce

from pileus import network
from pileus.compute.api import no_such
from pileus.compute.servers.shape import ServerQuery
from pileus.compute.servers.table import ALIVE, alive, servers
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.paging import Sort
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Page, Row, Tx, page
from pileus.kernel.values import truth

MOST = 1000
"""Servers on one page."""

OTHERS = "os_compute_api:servers:{view}:get_all_tenants"


def one_server(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Row:
    """The server a path names; another project's does not exist for whoever is no administrator."""
    row = alive(tx, path["server_id"])
    if row is None or (row["project_id"] != who.project_id and not who.is_admin):
        raise no_such("Instance", path["server_id"])
    return row


def many_servers(tx: Tx, who: Caller, asked: ServerQuery, view: str) -> Page:
    """A page of the servers that a query describes; raises Invalid and Forbidden."""
    chosen = select(servers).where(ALIVE)
    for condition in _scope(who, asked, view) + _conditions(tx, who, asked):
        chosen = chosen.where(condition)
    limit = None if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    mine = select(servers) if who.is_admin else select(servers).where(servers.c.project_id == who.project_id)
    return page(tx, chosen, servers, limit=limit, marker=marker, sort=_sort(asked), most=MOST, scope=mine)


def _scope(who: Caller, asked: ServerQuery, view: str) -> list[ColumnElement[bool]]:
    if not _is_true(asked.all_tenants):
        return [servers.c.project_id == who.project_id]
    rule = OTHERS.format(view=view)
    if not who.may(rule):
        raise Forbidden(f"Policy doesn't allow {rule} to be performed.")
    named = [one for one in (asked.project_id, asked.tenant_id) if one is not UNSET]
    return [servers.c.project_id == named[0]] if named else []


def _is_true(text: str) -> bool:
    """A switch in a query: given without a value it is on."""
    if text is UNSET:
        return False
    try:
        return text == "" or truth(text)
    except ValueError as error:
        raise Invalid(f"Invalid input for query parameter. Value: {text}. {error}") from error


_EQUAL = {
    "image": servers.c.image_id,
    "flavor": servers.c.flavor_id,
    "uuid": servers.c.id,
    "user_id": servers.c.user_id,
    "key_name": servers.c.key_name,
    "reservation_id": servers.c.reservation_id,
    "availability_zone": servers.c.zone,
    "host": servers.c.host_name,
    "node": servers.c.host_name,
    "locked_by": servers.c.locked_by,
    "access_ip_v4": servers.c.access_ipv4,
    "access_ip_v6": servers.c.access_ipv6,
}
_LIKE = {"name": servers.c.name, "hostname": servers.c.hostname, "description": servers.c.description}
_OF_ADMINS = ("host", "node", "user_id", "locked_by")
"""Filters that only administrators have; of others they are ignored, as they are by the reference."""


def _conditions(tx: Tx, who: Caller, asked: ServerQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, column in _EQUAL.items():
        value = getattr(asked, name)
        if value is not UNSET and (name not in _OF_ADMINS or who.is_admin):
            found.append(column == value)
    for name, column in _LIKE.items():
        value = getattr(asked, name)
        if value is not UNSET:
            found.append(_matches(column, value))
    return found + _standing(asked) + _times(asked) + _tags(asked) + _addresses(tx, asked)


def _matches(column: Any, pattern: str) -> ColumnElement[bool]:
    """A name by a regular expression, as the reference has it; plain text is looked for as it is."""
    if re.fullmatch(r"[\w .@:/-]*", pattern):
        found: ColumnElement[bool] = column.contains(pattern, autoescape=True)
        return found
    matched: ColumnElement[bool] = column.regexp_match(expression(pattern))
    return matched


REPEATS = 3
"""Places where an expression may repeat something; with many, or nested ones, matching takes forever."""


def expression(pattern: str) -> str:
    """A regular expression that is soon matched, as a caller writes it; raises Invalid."""
    repeats = re.findall(r"(?<!\\)[*+?{]", pattern)
    if len(pattern) > 255 or len(repeats) > REPEATS or re.search(r"\)[*+?{]", pattern):
        raise Invalid(f"'{pattern[:255]}' is too long or too intricate a regular expression.")
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise Invalid(f"'{pattern}' is not a regular expression.") from error
    return pattern


def _standing(asked: ServerQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.status is not UNSET:
        found.append(servers.c.status.in_([one.upper() for one in asked.status]))
    if asked.vm_state is not UNSET:
        found.append(servers.c.vm_state.in_(asked.vm_state))
    if asked.task_state is not UNSET:
        found.append(servers.c.task_state.in_(asked.task_state))
    if asked.power_state is not UNSET:
        found.append(cast(servers.c.power_state, String) == asked.power_state)
    if asked.locked is not UNSET:
        found.append(servers.c.locked_by.is_not(None) if asked.locked else servers.c.locked_by.is_(None))
    if _is_true(asked.deleted):
        found.append(false())
    return found


def _times(asked: ServerQuery) -> list[ColumnElement[bool]]:
    changed = func.coalesce(servers.c.updated_at, servers.c.created_at)
    found = []
    if asked.changes_since is not UNSET:
        found.append(changed >= moment(asked.changes_since))
    if asked.changes_before is not UNSET:
        found.append(changed <= moment(asked.changes_before))
    return found


def moment(text: str) -> datetime:
    """An ISO 8601 moment as a caller writes it; raises Invalid."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"'{text}' is not a 'date-time'") from error
    return read if read.tzinfo is None else read.astimezone(UTC).replace(tzinfo=None)


def _tags(asked: ServerQuery) -> list[ColumnElement[bool]]:
    def has(tag: str) -> ColumnElement[bool]:
        """`LIKE` would not tell `a` from `A` on both databases."""
        quoted = tag.replace("\\", "\\\\").replace('"', '\\"')
        text = type_coerce(servers.c.tags, String)
        return func.replace(text, f'"{quoted}"', "") != text

    found: list[ColumnElement[bool]] = []
    for text, combine in ((asked.tags, None), (asked.tags_any, or_)):
        if text is not UNSET:
            each = [has(tag) for tag in text.split(",")]
            found += each if combine is None else [combine(*each)]
    if asked.not_tags is not UNSET:
        found.append(or_(*(~has(tag) for tag in asked.not_tags.split(","))))
    if asked.not_tags_any is not UNSET:
        found += [~has(tag) for tag in asked.not_tags_any.split(",")]
    return found


def _addresses(tx: Tx, asked: ServerQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for pattern, family in ((asked.ip, 4), (asked.ip6, 6)):
        if pattern is not UNSET:
            found.append(servers.c.id.in_(network.servers_with_address(expression(pattern), family)))
    return found


_SORTS = {
    "display_name": "name",
    "name": "name",
    "uuid": "id",
    "display_description": "description",
    "image_ref": "image_id",
    "instance_type_id": "flavor_id",
    "host": "host_name",
    "node": "host_name",
    "availability_zone": "zone",
    "access_ip_v4": "access_ipv4",
    "access_ip_v6": "access_ipv6",
    "auto_disk_config": "disk_config",
    "locked": "locked_by",
    "terminated_at": "deleted_at",
}
_SAME = frozenset(
    "power_state task_state updated_at launch_index key_name vm_state hostname user_id created_at"
    " project_id launched_at config_drive locked_by".split()
)
_ALWAYS_EQUAL = frozenset({"root_device_name", "progress", "kernel_id", "ramdisk_id"})


def _sort(asked: ServerQuery) -> Sort:
    names = [] if asked.sort_key is UNSET else asked.sort_key
    ways = [] if asked.sort_dir is UNSET else asked.sort_dir
    if len(ways) > len(names) and names:
        raise Invalid("Sort direction size exceeds sort key size")
    ways = [*ways, *[(ways or ["desc"])[-1]] * len(names)]
    found = []
    for name, way in zip(names, ways, strict=False):
        if name not in _SORTS and name not in _SAME and name not in _ALWAYS_EQUAL:
            raise Invalid(f"Sort key supplied is invalid: {name}")
        if way not in ("asc", "desc"):
            raise Invalid(f"Unknown sort direction: {way}")
        if name not in _ALWAYS_EQUAL:
            found.append((_SORTS.get(name, name), way))
    return found or [("created_at", (ways or ["desc"])[0])]
