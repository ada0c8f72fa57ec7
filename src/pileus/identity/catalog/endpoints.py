"""Endpoints: the addresses of services, by region and by who is meant to use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta
from sqlalchemy import Boolean, Column, ForeignKey, String, Table, Text, bindparam, select

from pileus.identity.api import about, fresh_id, identity, linked, no_such
from pileus.identity.catalog.regions import make_region, regions
from pileus.identity.catalog.services import services
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Interface = Literal["public", "internal", "admin"]
Url = Annotated[str, Meta(min_length=1, max_length=225, pattern=r"^[a-zA-Z0-9+.-]+:[^\s]+\Z")]
VARIABLES = frozenset({"project_id", "tenant_id", "user_id"})
"""What an address may name as `$(project_id)s`."""


class Endpoint(Listed, one="endpoint", many="endpoints", extras=object):
    """Where a service answers."""

    id: str = shown()
    service_id: str = given("create") | given("update list", default=UNSET) | shown()
    interface: Interface = given("create") | given("update list", default=UNSET) | shown()
    url: Url = given("create") | given("update", default=UNSET) | shown()
    region_id: str | None = given("create update", default=UNSET) | given("list", str, default=UNSET) | shown()
    region: str | None = given("create update", default=UNSET) | shown()
    name: str | None = given("create update", default=UNSET) | shown(maybe=True)
    description: str | None = given("create update", default=UNSET) | shown(maybe=True)
    enabled: bool = given("create", default=True) | given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

endpoints = Table(
    "identity_endpoints",
    metadata,
    Column("id", Id, primary_key=True),
    Column("service_id", Id, ForeignKey("identity_services.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("interface", String(8), nullable=False),
    Column("region_id", Name, ForeignKey("identity_regions.id"), index=True),
    Column("url", Text, nullable=False),
    Column("name", Name),
    Column("description", Text),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "endpoint"},
)

_OF_SERVICE = select(endpoints).where(endpoints.c.service_id == bindparam("service_id"))

_URL = (
    select(endpoints.c.url)
    .join(services, services.c.id == endpoints.c.service_id)
    .where(services.c.type == bindparam("type"), services.c.enabled, endpoints.c.enabled)
    .where(endpoints.c.region_id == bindparam("region_id"), endpoints.c.interface == bindparam("interface"))
    .order_by(endpoints.c.created_at)
    .limit(1)
)


def endpoints_of(tx: Tx, service_id: str) -> list[Row]:
    """A service's endpoints."""
    return tx.all(_OF_SERVICE, service_id=service_id)


def url_of(tx: Tx, service_type: str, region: str, interface: str) -> str | None:
    """The address of a service of a type, in a region and by an interface, where both are switched on."""
    found: str | None = tx.value(_URL, type=service_type, region_id=region, interface=interface)
    return found


def make_endpoint(tx: Tx, **values: Any) -> dict[str, Any]:
    """Write an endpoint of a service that exists."""
    changed(tx)
    return tx.insert(endpoints, **{"id": fresh_id(tx), "extras": {}, **values})


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_endpoint(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The endpoint a path names."""
    row = tx.find(endpoints, path["endpoint_id"])
    if row is None:
        raise no_such("endpoint", path["endpoint_id"])
    return about(endpoint=row)


def _checked(tx: Tx, asked: Endpoint) -> dict[str, Any]:
    """What is given, with the region and service it names; raises Invalid."""
    new = given_of(asked, "service_id interface url region_id name description enabled")
    if asked.region_id is UNSET and asked.region is not UNSET:
        new["region_id"] = asked.region
        if asked.region and tx.find(regions, asked.region) is None:
            make_region(tx, asked.region)
    region_id = new.get("region_id")
    if region_id is not None and tx.find(regions, region_id) is None:
        raise Invalid(f"Invalid endpoint region_id: {region_id} is not in the region table.")
    if asked.service_id is not UNSET and tx.find(services, asked.service_id) is None:
        raise Invalid(f"Invalid endpoint service_id: {asked.service_id} is not in the service table.")
    unknown = set(re.findall(r"[$%]\(([^)]*)\)s", new.get("url", ""))) - VARIABLES
    if unknown:
        raise Invalid(f"Malformed endpoint URL ({asked.url}): it names {', '.join(sorted(unknown))}.")
    return new


def shown_endpoint(tx: Tx, row: Row) -> dict[str, Any]:
    """An endpoint as callers see it."""
    found = linked(tx, "endpoints", row, region=row["region_id"])
    return {name: value for name, value in found.items() if value is not None or name not in ("name", "description")}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /endpoints", Endpoint, "list", rule="identity:list_endpoints")
def list_endpoints(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> Page:
    """Endpoints."""
    found = listed(tx, endpoints, asked, *chosen(endpoints, asked, "service_id", "interface", "region_id"))
    return found._replace(rows=[shown_endpoint(tx, row) for row in found.rows])


@identity.route("POST /endpoints", Endpoint, "create", rule="identity:create_endpoint", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> Row:
    """An address of a service."""
    return shown_endpoint(tx, make_endpoint(tx, **{"region_id": None, **_checked(tx, asked)}, extras=asked.extras))


@identity.route("GET /endpoints/{endpoint_id}", Endpoint, "show", rule="identity:get_endpoint", of=one_endpoint)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> Row:
    """One endpoint."""
    return shown_endpoint(tx, target["endpoint"])


@identity.route("PATCH /endpoints/{endpoint_id}", Endpoint, "update", rule="identity:update_endpoint", of=one_endpoint)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> Row:
    """Move an endpoint, or switch it off."""
    endpoint = target["endpoint"]
    new = _checked(tx, asked) | {"extras": {**endpoint["extras"], **asked.extras}}
    changed(tx)
    return shown_endpoint(tx, tx.change(endpoints, endpoint, **new))


@identity.route(
    "DELETE /endpoints/{endpoint_id}", Endpoint, "delete", rule="identity:delete_endpoint", of=one_endpoint, code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> None:
    """Remove an address."""
    tx.remove(endpoints, target["endpoint"])
    changed(tx)
