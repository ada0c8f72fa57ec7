"""Aggregates: named groups of hosts with metadata, one of which may be their availability zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Column, ForeignKey, Integer, Table, bindparam, select

from pileus import fleet
from pileus.compute.api import compute
from pileus.compute.values import Clean
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Document, Id, Moment, Name, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Key = Annotated[str, Meta(min_length=1, max_length=255)]
ZONE = "availability_zone"


def _in_parts(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.%f")


class Aggregate(Resource, one="aggregate", many="aggregates"):
    """A group of hosts."""

    id: int = shown()
    uuid: str = shown(since="2.41")
    name: Clean = given("create") | given("update", default=UNSET) | shown()
    availability_zone: Clean | None = given("create update", default=UNSET) | shown()
    metadata: dict[str, str] = shown()
    hosts: list[str] = shown()
    created_at: str = shown(made=_in_parts)
    updated_at: str | None = shown(made=_in_parts)
    deleted_at: str | None = shown()
    deleted: bool = shown()


class AddHost(Resource, one="add_host"):
    """The host to add."""

    host: Clean = given("do")


class RemoveHost(Resource, one="remove_host"):
    """The host to take out."""

    host: Clean = given("do")


class SetMetadata(Resource, one="set_metadata"):
    """Metadata to set; null takes a key away."""

    metadata: dict[Key, Annotated[str, Meta(max_length=255)] | None] = given("do")


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

aggregates = Table(
    "compute_aggregates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", Id, nullable=False, unique=True),
    Column("name", Name, nullable=False, unique=True),
    Column("metadata", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    info={"kind": "aggregate"},
)

members = Table(
    "compute_aggregate_hosts",
    metadata,
    Column("aggregate_id", Integer, ForeignKey(aggregates.c.id, ondelete="CASCADE"), primary_key=True),
    Column("host_id", Id, primary_key=True),
    info={"kind": "aggregate_host"},
)

_ALL = select(aggregates).order_by(aggregates.c.id)
_ONE = select(aggregates).where(aggregates.c.id == bindparam("id"))
_NAMED = select(aggregates.c.id).where(aggregates.c.name == bindparam("name"))
_HOSTS = select(members).where(members.c.aggregate_id == bindparam("id"))
_EACH = select(members.c.host_id, aggregates.c.id, aggregates.c.metadata).join(
    aggregates, aggregates.c.id == members.c.aggregate_id
)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def zones_of_hosts(tx: Tx) -> dict[str, str]:
    """The zone of each host by its identifier: its aggregate's, or the one it joined with."""
    zones = {host["id"]: str(host["zone"]) for host in fleet.every_host(tx)}
    for row in tx.all(_EACH):
        if ZONE in row["metadata"] and row["host_id"] in zones:
            zones[row["host_id"]] = row["metadata"][ZONE]
    return zones


def metadata_of_hosts(tx: Tx) -> dict[str, list[dict[str, str]]]:
    """The metadata of each host's aggregates."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in tx.all(_EACH):
        found.setdefault(row["host_id"], []).append(row["metadata"])
    return found


def one_aggregate(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Row:
    """The aggregate a path names; raises Missing."""
    number = path["aggregate_id"]
    if not number.isdecimal() or len(number) > 9:
        raise Invalid(f"Invalid aggregate id {number}.")
    row = tx.one(_ONE, id=int(number))
    if row is None:
        raise Missing(f"Aggregate {number} could not be found.")
    return row


def told(tx: Tx, row: Mapping[str, Any]) -> dict[str, Any]:
    """An aggregate as it is shown."""
    names = {host["id"]: host["name"] for host in fleet.every_host(tx)}
    hosts = [names[one["host_id"]] for one in tx.all(_HOSTS, id=row["id"]) if one["host_id"] in names]
    gone = {"deleted": False, "deleted_at": None}
    return {**row, **gone, "hosts": sorted(hosts), "availability_zone": row["metadata"].get(ZONE)}


def _host_named(tx: Tx, name: str) -> Row:
    row = fleet.host_named(tx, name)
    if row is None:
        raise Missing(f"Compute host {name} could not be found.")
    return row


def _check_name(tx: Tx, name: str, but: int | None = None) -> None:
    taken = tx.value(_NAMED, name=name)
    if taken is not None and taken != but:
        raise Conflict(f"Aggregate {name} already exists.")


def _check_zone(tx: Tx, row: Mapping[str, Any], zone: str | None, host_ids: list[str]) -> None:
    """A host has one zone, and keeps it while it has servers."""
    for other in tx.all(_EACH):
        elsewhere = other["id"] != row["id"] and other["host_id"] in host_ids
        if elsewhere and zone and other["metadata"].get(ZONE, zone) != zone:
            raise Conflict("One or more hosts are already in another availability zone.")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-aggregates:"
PATH = "/os-aggregates/{aggregate_id}"


@compute.route("GET /os-aggregates", Aggregate, "list", rule=RULE + "index")
def list_aggregates(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Aggregate) -> list[dict[str, Any]]:
    """All aggregates."""
    return [told(tx, row) for row in tx.all(_ALL)]


@compute.route("POST /os-aggregates", Aggregate, "create", rule=RULE + "create")
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Aggregate) -> dict[str, Any]:
    """Make an aggregate; 409 where its name is taken."""
    _check_name(tx, asked.name)
    zone = asked.availability_zone
    data = {} if zone in (UNSET, None) else {ZONE: str(zone)}
    return told(tx, tx.insert(aggregates, uuid=tx.new_id(), name=asked.name, metadata=data))


@compute.route(f"GET {PATH}", Aggregate, "show", rule=RULE + "show", of=one_aggregate)
def show(tx: Tx, who: Caller, target: Row, asked: Aggregate) -> dict[str, Any]:
    """One aggregate."""
    return told(tx, target)


@compute.route(f"PUT {PATH}", Aggregate, "update", rule=RULE + "update", of=one_aggregate)
def update(tx: Tx, who: Caller, target: Row, asked: Aggregate) -> dict[str, Any]:
    """Rename an aggregate, or give it a zone."""
    if asked.name is UNSET and asked.availability_zone is UNSET:
        raise Invalid("Something to change is wanted.")
    values: dict[str, Any] = {}
    if asked.name is not UNSET:
        _check_name(tx, asked.name, but=target["id"])
        values["name"] = asked.name
    if asked.availability_zone is not UNSET:
        values["metadata"] = _with_metadata(tx, target, {ZONE: asked.availability_zone})
    return told(tx, tx.change(aggregates, target, **values))


def _with_metadata(tx: Tx, row: Row, given_data: Mapping[str, str | None]) -> dict[str, str]:
    if ZONE in given_data:
        _check_zone(tx, row, given_data[ZONE], [one["host_id"] for one in tx.all(_HOSTS, id=row["id"])])
    merged = {**row["metadata"], **given_data}
    return {name: value for name, value in merged.items() if value is not None}


@compute.route(f"DELETE {PATH}", Nothing, rule=RULE + "delete", of=one_aggregate)
def delete(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Dissolve an aggregate that has no hosts."""
    if tx.all(_HOSTS, id=target["id"]):
        raise Conflict(f"Cannot remove aggregate {target['id']}: it is not empty.")
    tx.remove(aggregates, target)


@compute.route(f"POST {PATH}/action add_host", AddHost, rule=RULE + "add_host", of=one_aggregate, view="show")
def add_host(tx: Tx, who: Caller, target: Row, asked: AddHost) -> Answer:
    """Put a host into an aggregate."""
    host = _host_named(tx, asked.host)
    if any(one["host_id"] == host["id"] for one in tx.all(_HOSTS, id=target["id"])):
        raise Conflict(f"Cannot add host {asked.host} in aggregate {target['id']}: host already exists.")
    _check_zone(tx, target, target["metadata"].get(ZONE), [host["id"]])
    tx.insert(members, aggregate_id=target["id"], host_id=host["id"])
    return _answer(tx, target)


@compute.route(f"POST {PATH}/action remove_host", RemoveHost, rule=RULE + "remove_host", of=one_aggregate, view="show")
def remove_host(tx: Tx, who: Caller, target: Row, asked: RemoveHost) -> Answer:
    """Take a host out of an aggregate."""
    host = _host_named(tx, asked.host)
    if all(one["host_id"] != host["id"] for one in tx.all(_HOSTS, id=target["id"])):
        raise Missing(f"Host {asked.host} is not in aggregate {target['id']}.")
    tx.remove(members, {"aggregate_id": target["id"], "host_id": host["id"]})
    return _answer(tx, target)


@compute.route(
    f"POST {PATH}/action set_metadata", SetMetadata, rule=RULE + "set_metadata", of=one_aggregate, view="show"
)
def set_metadata(tx: Tx, who: Caller, target: Row, asked: SetMetadata) -> Answer:
    """Set metadata of an aggregate, or take some away."""
    return _answer(tx, tx.change(aggregates, target, metadata=_with_metadata(tx, target, asked.metadata)))


def _answer(tx: Tx, row: Mapping[str, Any]) -> Answer:
    return Answer(told(tx, row), kind=Aggregate)
