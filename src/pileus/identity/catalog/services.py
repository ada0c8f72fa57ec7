"""Services: what the catalogue offers, by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Boolean, Column, Table, Text, bindparam, select

from pileus.identity.api import about, all_linked, fresh_id, identity, linked, no_such
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Type = Annotated[str, Meta(min_length=1, max_length=255)]


class CatalogService(Listed, one="service", many="services", extras=object):
    """A kind of API somebody offers in this cloud."""

    id: str = shown()
    type: Type = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    name: Annotated[str, Meta(max_length=255)] | None = (
        given("create", default="") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    )
    description: str | None = given("create", default="") | given("update", default=UNSET) | shown()
    enabled: bool = given("create", default=True) | given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

services = Table(
    "identity_services",
    metadata,
    Column("id", Id, primary_key=True),
    Column("type", Name, nullable=False, index=True),
    Column("name", Name),
    Column("description", Text),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "catalog_service"},
)

_OF_TYPE = select(services).where(services.c.type == bindparam("type"), services.c.name == bindparam("name"))


def service_of_type(tx: Tx, type: str, name: str) -> Row | None:
    """A service by its type and name."""
    return tx.one(_OF_TYPE, type=type, name=name)


def make_service(tx: Tx, **values: Any) -> dict[str, Any]:
    """Write a service."""
    changed(tx)
    return tx.insert(services, **{"id": fresh_id(tx), "description": "", "extras": {}, **values})


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_service(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The service a path names."""
    row = tx.find(services, path["service_id"])
    if row is None:
        raise no_such("service", path["service_id"])
    return about(service=row)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /services", CatalogService, "list", rule="identity:list_services")
def list_services(tx: Tx, who: Caller, target: Mapping[str, Any], asked: CatalogService) -> Page:
    """Services."""
    return all_linked(tx, "services", listed(tx, services, asked, *chosen(services, asked, "type", "name")))


@identity.route("POST /services", CatalogService, "create", rule="identity:create_service", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: CatalogService) -> Row:
    """A service without endpoints."""
    given = given_of(asked, "type name description enabled")
    return linked(tx, "services", make_service(tx, **given, extras=asked.extras))


@identity.route("GET /services/{service_id}", CatalogService, "show", rule="identity:get_service", of=one_service)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: CatalogService) -> Row:
    """One service."""
    return linked(tx, "services", target["service"])


@identity.route(
    "PATCH /services/{service_id}", CatalogService, "update", rule="identity:update_service", of=one_service
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: CatalogService) -> Row:
    """Rename, describe; a disabled service is not in the catalogue."""
    service = target["service"]
    new = given_of(asked, "type name description enabled") | {"extras": {**service["extras"], **asked.extras}}
    changed(tx)
    return linked(tx, "services", tx.change(services, service, **new))


@identity.route(
    "DELETE /services/{service_id}", CatalogService, "delete", rule="identity:delete_service", of=one_service, code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: CatalogService) -> None:
    """Remove a service with its endpoints."""
    tx.remove(services, target["service"])
    changed(tx)
