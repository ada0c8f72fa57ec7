"""Registered limits: what every project may have of a service's resource, unless something else is said for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Column, ForeignKey, Integer, Table, Text, UniqueConstraint, bindparam, select, table
from sqlalchemy import column as named

from pileus.identity.api import NameText, about, fresh_id, identity, linked, no_such
from pileus.identity.catalog.regions import RegionId, regions
from pileus.identity.catalog.services import services
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Id, Moment, Name, Page, Row, Tx, metadata
from pileus.kernel.values import Uuid

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Amount = Annotated[int, Meta(ge=-1, le=2**31 - 1)]
"""How much; -1 is any amount."""
Described = Annotated[str, Meta(max_length=255)] | None


class NewRegisteredLimit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of those that are made together."""

    service_id: Uuid
    region_id: RegionId | None = None
    resource_name: NameText
    default_limit: Amount
    description: Described = None


class NewRegisteredLimits(Resource):
    """Registered limits to be made, all or none."""

    registered_limits: Annotated[list[NewRegisteredLimit], Meta(min_length=1)] = given("create")


class RegisteredLimit(Listed, one="registered_limit", many="registered_limits"):
    """What every project may have, in one region or in all."""

    id: str = shown()
    service_id: Uuid = given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    region_id: RegionId | None = given("update list", default=UNSET) | shown()
    resource_name: NameText = given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    default_limit: Amount = given("update", default=UNSET) | shown()
    description: Described = given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

registered_limits = Table(
    "identity_registered_limits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("service_id", Id, ForeignKey("identity_services.id", ondelete="CASCADE"), nullable=False),
    Column("region_id", Name, ForeignKey("identity_regions.id", ondelete="CASCADE"), index=True),
    Column("resource_name", Name, nullable=False),
    Column("default_limit", Integer, nullable=False),
    Column("description", Text),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("service_id", "region_id", "resource_name", name="uq_identity_registered_limits_place"),
    info={"kind": "registered_limit"},
)

_SAME = select(registered_limits).where(
    registered_limits.c.service_id == bindparam("service_id"),
    registered_limits.c.region_id.is_not_distinct_from(bindparam("region_id")),
    registered_limits.c.resource_name == bindparam("resource_name"),
)
_LIMITS = table("identity_limits", named("registered_id"))
_OVERRIDDEN = select(_LIMITS).where(_LIMITS.c.registered_id == bindparam("id")).limit(1)


def registered_for(tx: Tx, *, service_id: str, region_id: str | None, resource_name: str) -> Row | None:
    """The registered limit of a service's resource in a region, or of what is for all regions."""
    return tx.one(_SAME, service_id=service_id, region_id=region_id, resource_name=resource_name)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

PLACE = ("service_id", "region_id", "resource_name")
"""What a registered limit is about; no two are about the same."""


def one_registered(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The registered limit a path names."""
    row = tx.find(registered_limits, path["registered_limit_id"])
    if row is None:
        raise no_such("registered limit", path["registered_limit_id"])
    return about(registered_limit=row)


def check_place(tx: Tx, service_id: str, region_id: str | None) -> None:
    """Refuse a service or region that does not exist; raises Invalid."""
    if tx.find(services, service_id) is None or (region_id is not None and tx.find(regions, region_id) is None):
        raise Invalid("A limit is for a service and region that exist.")


def register(tx: Tx, **values: Any) -> Row:
    """Write down a registered limit."""
    return tx.insert(registered_limits, id=fresh_id(tx), **values)


def _claim_place(tx: Tx, row: Mapping[str, Any]) -> None:
    check_place(tx, row["service_id"], row["region_id"])
    if registered_for(tx, **{name: row[name] for name in PLACE}) is not None:
        raise Conflict("Conflict occurred attempting to store registered_limit - there is one for this resource.")


def _refuse_overridden(tx: Tx, row: Row) -> None:
    if tx.one(_OVERRIDDEN, id=row["id"]) is not None:
        raise Forbidden(
            f"Unable to update or delete registered limit {row['id']} because there are project limits associated "
            "with it."
        )


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_ONE = "/registered_limits/{registered_limit_id}"


@identity.route("GET /registered_limits", RegisteredLimit, "list", rule="identity:list_registered_limits")
def list_registered(tx: Tx, who: Caller, target: Mapping[str, Any], asked: RegisteredLimit) -> Page:
    """What every project may have of everything."""
    found = listed(tx, registered_limits, asked, *chosen(registered_limits, asked, *PLACE))
    return found._replace(rows=[linked(tx, "registered_limits", row) for row in found.rows])


@identity.route(
    "POST /registered_limits", NewRegisteredLimits, "create", rule="identity:create_registered_limits", code=201
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: NewRegisteredLimits) -> Answer:
    """Several at once: all of them, or none."""
    made = []
    for one in asked.registered_limits:
        row = msgspec.structs.asdict(one)
        _claim_place(tx, row)
        made.append(linked(tx, "registered_limits", register(tx, **row)))
    return Answer(made, kind=RegisteredLimit)


@identity.route(f"GET {_ONE}", RegisteredLimit, "show", rule="identity:get_registered_limit", of=one_registered)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: RegisteredLimit) -> Row:
    """One registered limit."""
    return linked(tx, "registered_limits", target["registered_limit"])


@identity.route(f"PATCH {_ONE}", RegisteredLimit, "update", rule="identity:update_registered_limit", of=one_registered)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: RegisteredLimit) -> Row:
    """Another default; what it is about can change as long as no project has a limit of its own by it."""
    row = target["registered_limit"]
    new = given_of(asked, "default_limit description " + " ".join(PLACE))
    if new.keys() & set(PLACE):
        _refuse_overridden(tx, row)
        _claim_place(tx, {**row, **new})
    return linked(tx, "registered_limits", tx.change(registered_limits, row, **new))


@identity.route(f"DELETE {_ONE}", rule="identity:delete_registered_limit", of=one_registered, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Remove a registered limit that no project has a limit of its own by."""
    _refuse_overridden(tx, target["registered_limit"])
    tx.remove(registered_limits, target["registered_limit"])
