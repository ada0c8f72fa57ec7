"""Endpoint groups: endpoints chosen by what they have in common, for those projects that shall see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, Table, Text

from pileus.identity.api import NameText, fresh_id, identity, linked, no_such
from pileus.identity.catalog.endpoints import Endpoint, Interface, endpoints, shown_endpoint
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Filters(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What endpoints of a group have in common."""

    interface: Interface | msgspec.UnsetType = UNSET
    service_id: str | msgspec.UnsetType = UNSET
    region_id: str | msgspec.UnsetType | None = UNSET
    enabled: bool | msgspec.UnsetType = UNSET


class EndpointGroup(Listed, one="endpoint_group", many="endpoint_groups"):
    """Endpoints chosen by a filter."""

    id: str = shown()
    name: NameText = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    description: str | None = given("create", default=None) | given("update", default=UNSET) | shown()
    filters: Filters = given("create") | given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

endpoint_groups = Table(
    "identity_endpoint_groups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Name, nullable=False),
    Column("description", Text),
    Column("filters", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "endpoint_group"},
)


def existing_group(tx: Tx, group_id: str) -> Row:
    """An endpoint group; raises Missing."""
    row = tx.find(endpoint_groups, group_id)
    if row is None:
        raise no_such("endpoint group", group_id)
    return row


def is_in(group: Row, endpoint: Row) -> bool:
    """Whether an endpoint has what the group's filter asks for."""
    return all(endpoint[name] == value for name, value in group["filters"].items())


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_group(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The endpoint group a path names."""
    return existing_group(tx, path["endpoint_group_id"])


def shown_group(tx: Tx, row: Row) -> dict[str, Any]:
    """An endpoint group as callers see it."""
    return linked(tx, "OS-EP-FILTER/endpoint_groups", row)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_ALL, _ONE = "/OS-EP-FILTER/endpoint_groups", "/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}"


@identity.route(f"GET {_ALL}", EndpointGroup, "list", rule="identity:list_endpoint_groups")
def list_groups(tx: Tx, who: Caller, target: Mapping[str, Any], asked: EndpointGroup) -> Page:
    """Endpoint groups."""
    found = listed(tx, endpoint_groups, asked, *chosen(endpoint_groups, asked, "name"))
    return found._replace(rows=[shown_group(tx, row) for row in found.rows])


@identity.route(f"POST {_ALL}", EndpointGroup, "create", rule="identity:create_endpoint_group", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: EndpointGroup) -> Row:
    """An endpoint group that no project sees yet."""
    row = tx.insert(
        endpoint_groups,
        id=fresh_id(tx),
        name=asked.name,
        description=asked.description,
        filters=_filters(asked.filters),
    )
    return shown_group(tx, row)


def _filters(given: Filters) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(given).items() if value is not UNSET}


@identity.route(f"GET {_ONE}", EndpointGroup, "show", rule="identity:get_endpoint_group", of=one_group)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: EndpointGroup) -> Row:
    """One endpoint group."""
    return shown_group(tx, target)


@identity.route(f"PATCH {_ONE}", EndpointGroup, "update", rule="identity:update_endpoint_group", of=one_group)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: EndpointGroup) -> Row:
    """Rename, describe, or choose other endpoints."""
    new = given_of(asked, "name description")
    if asked.filters is not UNSET:
        new["filters"] = {**target["filters"], **_filters(asked.filters)}
    changed(tx)
    return shown_group(tx, tx.change(endpoint_groups, target, **new))


@identity.route(f"DELETE {_ONE}", rule="identity:delete_endpoint_group", of=one_group, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Remove an endpoint group from all projects."""
    tx.remove(endpoint_groups, target)
    changed(tx)


@identity.route(
    f"GET {_ONE}/endpoints",
    Endpoint,
    "list",
    rule="identity:list_endpoints_associated_with_endpoint_group",
    of=one_group,
)
def list_endpoints(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> Page:
    """The endpoints in a group."""
    alike = [endpoints.c[name].is_not_distinct_from(value) for name, value in target["filters"].items()]
    found = listed(tx, endpoints, asked, *alike)
    return found._replace(rows=[shown_endpoint(tx, row) for row in found.rows])
