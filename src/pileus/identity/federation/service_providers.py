"""Service providers: other clouds whose people come from here; every scoped token names those that are enabled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Boolean, Column, String, Table, Text, select

from pileus.identity.api import all_linked, identity, linked, no_such
from pileus.identity.federation.providers import checked_id
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Id, Moment, Page, Row, Tx, metadata
from pileus.kernel.values import Flag

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Url = Annotated[str, Meta(max_length=225, pattern=r"^[a-zA-Z0-9+.-]+:.+")]


class ServiceProvider(Listed, one="service_provider", many="service_providers"):
    """Another cloud."""

    id: str = given("list", default=UNSET) | shown()
    auth_url: Url = given("create") | given("update", default=UNSET) | shown()
    sp_url: Url = given("create") | given("update", default=UNSET) | shown()
    description: str | None = given("create", default=None) | given("update", default=UNSET) | shown()
    enabled: Flag = given("create", default=False) | given("update list", default=UNSET) | shown()
    relay_state_prefix: Annotated[str, Meta(max_length=255)] | None = (
        given("create", default="ss:mem:") | given("update", default=UNSET) | shown()
    )
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

service_providers = Table(
    "identity_service_providers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("auth_url", String(255), nullable=False),
    Column("sp_url", String(255), nullable=False),
    Column("description", Text),
    Column("enabled", Boolean, nullable=False),
    Column("relay_state_prefix", String(255)),
    Column("created_at", Moment, nullable=False),
    info={"kind": "service_provider"},
)

_ENABLED = (
    select(service_providers.c.id, service_providers.c.auth_url, service_providers.c.sp_url)
    .where(service_providers.c.enabled.is_(True))
    .order_by(service_providers.c.id)
)


def enabled_service_providers(tx: Tx) -> list[dict[str, str]]:
    """What tokens tell of the other clouds."""
    return [dict(row) for row in tx.all(_ENABLED)]


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_PLACE = "OS-FEDERATION/service_providers"


def one_service_provider(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The service provider a path names."""
    row = tx.find(service_providers, path["sp_id"])
    if row is None:
        raise no_such("Service Provider", path["sp_id"])
    return row


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_ONE = f"/{_PLACE}/{{sp_id}}"


@identity.route(f"GET /{_PLACE}", ServiceProvider, "list", rule="identity:list_service_providers")
def list_service_providers(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ServiceProvider) -> Page:
    """Service providers."""
    conditions = chosen(service_providers, asked, "id", "enabled")
    return all_linked(tx, _PLACE, listed(tx, service_providers, asked, *conditions))


@identity.route(f"PUT {_ONE}", ServiceProvider, "create", rule="identity:create_service_provider", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ServiceProvider) -> Row:
    """A cloud under the name in the path."""
    name = checked_id(target["sp_id"])
    if tx.find(service_providers, name) is not None:
        raise Conflict(f"Conflict occurred attempting to store service_provider - Duplicate entry: {name}.")
    given_fields = given_of(asked, "auth_url sp_url description enabled relay_state_prefix")
    changed(tx)
    return linked(tx, _PLACE, tx.insert(service_providers, id=name, **given_fields))


@identity.route(f"GET {_ONE}", ServiceProvider, "show", rule="identity:get_service_provider", of=one_service_provider)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ServiceProvider) -> Row:
    """One service provider."""
    return linked(tx, _PLACE, target)


@identity.route(
    f"PATCH {_ONE}", ServiceProvider, "update", rule="identity:update_service_provider", of=one_service_provider
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ServiceProvider) -> Row:
    """Change where it is reached, or whether tokens name it."""
    new = given_of(asked, "auth_url sp_url description enabled relay_state_prefix")
    changed(tx)
    return linked(tx, _PLACE, tx.change(service_providers, target, **new))


@identity.route(f"DELETE {_ONE}", rule="identity:delete_service_provider", of=one_service_provider, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Forget a cloud."""
    tx.remove(service_providers, target)
    changed(tx)
