"""Regions: parts of a deployment, in a tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Column, ForeignKey, Table, Text, bindparam, column, select, table

from pileus.identity.api import all_linked, fresh_id, identity, linked, no_such
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

RegionId = Annotated[str, Meta(min_length=1, max_length=255)]


class Region(Listed, one="region", many="regions", extras=object):
    """A part of the deployment that has endpoints of its own."""

    id: RegionId | None = given("create", default=None) | given("put", default=UNSET) | shown()
    parent_region_id: RegionId | None = (
        given("create put", default=None) | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    )
    description: Annotated[str, Meta(max_length=255)] | None = (
        given("create put", default="") | given("update", default=UNSET) | shown()
    )
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

regions = Table(
    "identity_regions",
    metadata,
    Column("id", Name, primary_key=True),
    Column("parent_region_id", Name, ForeignKey("identity_regions.id", ondelete="CASCADE"), index=True),
    Column("description", Text),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "region"},
)

_ENDPOINTS = table("identity_endpoints", column("region_id"))
_WITH_ENDPOINTS = select(_ENDPOINTS).where(_ENDPOINTS.c.region_id.in_(bindparam("ids", expanding=True))).limit(1)
_CHILDREN = select(regions.c.id).where(regions.c.parent_region_id == bindparam("id"))


def below(tx: Tx, region_id: str) -> list[str]:
    """A region and all that are under it."""
    found = [region_id]
    for one in found:
        found += [row["id"] for row in tx.all(_CHILDREN, id=one)]
    return found


def make_region(tx: Tx, region_id: str, **values: Any) -> dict[str, Any]:
    """Write a region; raises Conflict, Missing."""
    values = {"description": "", "extras": {}, "parent_region_id": None, **values}
    if tx.find(regions, region_id) is not None:
        raise Conflict(f"Conflict occurred attempting to store region - Duplicate ID, {region_id}.")
    _check_parent(tx, values["parent_region_id"])
    return tx.insert(regions, id=region_id, **values)


def _check_parent(tx: Tx, parent_id: str | None) -> None:
    if parent_id is not None and tx.find(regions, parent_id) is None:
        raise no_such("region", parent_id)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_region(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The region a path names."""
    row = tx.find(regions, path["region_id"])
    if row is None:
        raise no_such("region", path["region_id"])
    return row


def _new(tx: Tx, region_id: str, asked: Region) -> dict[str, Any]:
    row = make_region(
        tx,
        region_id,
        parent_region_id=asked.parent_region_id,
        description=asked.description or "",
        extras=asked.extras,
    )
    return linked(tx, "regions", row)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /regions", Region, "list", rule="identity:list_regions")
def list_regions(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Region) -> Page:
    """Regions, all or those right under one."""
    return all_linked(tx, "regions", listed(tx, regions, asked, *chosen(regions, asked, "parent_region_id")))


@identity.route("POST /regions", Region, "create", rule="identity:create_region", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Region) -> Row:
    """A region with a name of the caller's choice, or a new one."""
    return _new(tx, asked.id or fresh_id(tx), asked)


@identity.route("PUT /regions/{region_id}", Region, "put", rule="identity:create_region", code=201)
def put(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Region) -> Row:
    """A region named in the path."""
    if asked.id not in (UNSET, target["region_id"]):
        raise Invalid("Conflicting region IDs specified: the body's is not the path's.")
    if len(target["region_id"]) > 255:
        raise Invalid("Invalid input for field/attribute id. The name of a region has 255 characters at most.")
    return _new(tx, target["region_id"], asked)


@identity.route("GET /regions/{region_id}", Region, "show", rule="identity:get_region", of=one_region)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Region) -> Row:
    """One region."""
    return linked(tx, "regions", target)


@identity.route("PATCH /regions/{region_id}", Region, "update", rule="identity:update_region", of=one_region)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Region) -> Row:
    """Describe a region, or put it under another; raises Invalid for a circle."""
    new = given_of(asked, "description parent_region_id") | {"extras": {**target["extras"], **asked.extras}}
    parent_id = new.get("parent_region_id")
    _check_parent(tx, parent_id)
    if parent_id in below(tx, target["id"]):
        raise Invalid(f"Region {target['id']} cannot be put under one of its own children.")
    return linked(tx, "regions", tx.change(regions, target, **new))


@identity.route("DELETE /regions/{region_id}", Region, "delete", rule="identity:delete_region", of=one_region, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Region) -> None:
    """Remove a region and those under it, which must have no endpoints."""
    if tx.one(_WITH_ENDPOINTS, ids=below(tx, target["id"])) is not None:
        raise Forbidden(
            f"Unable to delete region {target['id']} because it or its child regions have associated endpoints."
        )
    tx.remove(regions, target)
    changed(tx)
