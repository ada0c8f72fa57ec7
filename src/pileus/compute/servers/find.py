"""Which servers a caller finds: one by its identifier, or many by their filters, in pages and in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from pileus.compute.api import no_such
from pileus.compute.changes import SORTS_CHECKED
from pileus.compute.servers.filters import Given, conditions, given_by, is_on
from pileus.compute.servers.shape import ServerQuery
from pileus.compute.servers.table import LISTED, alive, servers
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.paging import Sort
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Page, Row, Tx, page

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
    given = given_by(who, asked)
    chosen = LISTED.where(*_scope(who, asked, given, view), *conditions(who, given))
    limit = None if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    mine = LISTED if who.is_admin else LISTED.where(servers.c.project_id == who.project_id)
    return page(tx, chosen, servers, limit=limit, marker=marker, sort=_sort(who, asked), most=MOST, scope=mine)


def _scope(who: Caller, asked: ServerQuery, given: Given, view: str) -> list[ColumnElement[bool]]:
    """Whose servers: a project's that is named beside `all_tenants`, everybody's, or the caller's own."""
    project = given.get("project_id", given.get("tenant_id"))
    if not is_on(asked.all_tenants):
        return [servers.c.project_id == who.project_id]
    rule = OTHERS.format(view=view)
    if not who.may(rule):
        raise Forbidden(f"Policy doesn't allow {rule} to be performed.")
    return [] if project is None else [servers.c.project_id == project]


_SORTS = {
    "display_name": "name",
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
    "progress": "launched_at",
}
_SAME = frozenset(
    "power_state task_state updated_at launch_index key_name vm_state hostname user_id created_at"
    " project_id launched_at config_drive locked_by kernel_id ramdisk_id".split()
)
_ALWAYS_EQUAL = frozenset({"root_device_name"})
_OF_ADMINS = frozenset({"host", "node"})
_ONCE_ACCEPTED = frozenset(
    "architecture cell_name cleaned default_ephemeral_device default_swap_device deleted deleted_at disable_terminate"
    " ephemeral_gb ephemeral_key_uuid id key_data launched_on memory_mb os_type reservation_id root_gb"
    " shutdown_terminate user_data vcpus vm_mode".split()
)
"""Keys that sorted nothing, and were accepted until 2.75 all the same."""


def _sort(who: Caller, asked: ServerQuery) -> Sort:
    names = [] if asked.sort_key is UNSET else asked.sort_key
    ways = [] if asked.sort_dir is UNSET else asked.sort_dir
    if len(ways) > len(names) and names:
        raise Invalid("Sort direction size exceeds sort key size")
    ways = [*ways, *[(ways or ["desc"])[-1]] * len(names)]
    found = [(_column(who, name), _way(way)) for name, way in zip(names, ways, strict=False)]
    return [(name, way) for name, way in found if name] or [("created_at", _way((ways or ["desc"])[0]))]


def _column(who: Caller, name: str) -> str:
    """The column behind a sort key, or none where all servers are equal; raises Invalid and Forbidden."""
    if name in _OF_ADMINS and not who.is_admin:
        raise Forbidden(f"Only administrators can sort servers by {name}")
    if name in _ALWAYS_EQUAL or (name in _ONCE_ACCEPTED and not who.can(SORTS_CHECKED)):
        return ""
    if name not in _SORTS and name not in _SAME:
        raise Invalid(f"Sort key supplied is invalid: {name}")
    return _SORTS.get(name, name)


def _way(way: str) -> str:
    if way not in ("asc", "desc"):
        raise Invalid(f"Unknown sort direction: {way}")
    return way
