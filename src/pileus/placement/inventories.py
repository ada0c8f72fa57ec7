"""Inventories: how much of each resource class a provider has, and how it may be given out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.placement.api import INVENTORY_IN_USE, address, concurrent, dated, placement
from pileus.placement.changes import ALL_RESERVED
from pileus.placement.names import ClassName
from pileus.placement.providers import provider_of, step
from pileus.placement.resource_classes import check_classes
from pileus.placement.stock import MOST
from pileus.placement.table import ANY_HELD_OF, INVENTORIES_OF, inventories

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Part = Annotated[int, Meta(ge=1, le=MOST)]
Rest = Annotated[int, Meta(ge=0, le=MOST)]
Ratio = Annotated[float, Meta(ge=0, le=3.40282e38)]


class Lot(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What there is of one class, among others."""

    total: Part
    reserved: Rest = 0
    min_unit: Part = 1
    max_unit: Part = MOST
    step_size: Part = 1
    allocation_ratio: Ratio = 1.0
    resource_provider_generation: int | None = None
    """As it was told; it means nothing here."""


class Inventory(Resource):
    """What there is of one class, by itself."""

    resource_class: ClassName = given("create")
    resource_provider_generation: int = given("create", default=UNSET) | given("update") | shown()
    total: Part = given("create update") | shown()
    reserved: Rest = given("create update", default=0) | shown()
    min_unit: Part = given("create update", default=1) | shown()
    max_unit: Part = given("create update", default=MOST) | shown()
    step_size: Part = given("create update", default=1) | shown()
    allocation_ratio: Ratio = given("create update", default=1.0) | shown()


class Inventories(Resource):
    """All that a provider has."""

    resource_provider_generation: int = given("replace") | shown()
    inventories: dict[ClassName, Lot] = given("replace") | shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

LIMITS = ("total", "reserved", "min_unit", "max_unit", "step_size", "allocation_ratio")


def limits_of(what: Any) -> dict[str, Any]:
    """The numbers of an inventory, from whatever has them."""
    return {name: what[name] if isinstance(what, Mapping) else getattr(what, name) for name in LIMITS}


def inventories_of(tx: Tx, provider_id: str) -> dict[str, Row]:
    """A provider's inventories by class."""
    return {row["resource_class"]: row for row in tx.all(INVENTORIES_OF, id=provider_id)}


def set_inventories(tx: Tx, provider_id: str, wanted: Mapping[str, Mapping[str, Any]]) -> bool:
    """Let a provider have these inventories and no others; whether that is a change.

    Nothing is refused here: what is held of a class that is gone stays held.
    """
    old = inventories_of(tx, provider_id)
    for name in sorted(old.keys() - wanted.keys()):
        tx.remove(inventories, old[name])
    for name in sorted(wanted):
        if name in old:
            tx.change(inventories, old[name], **wanted[name])
        else:
            tx.insert(inventories, provider_id=provider_id, resource_class=name, **wanted[name])
    return {name: limits_of(row) for name, row in old.items()} != {name: dict(row) for name, row in wanted.items()}


def check_unused(tx: Tx, provider_id: str, names: set[str]) -> None:
    """Refuse to take away what is held; raises Conflict."""
    used = [name for name in sorted(names) if tx.one(ANY_HELD_OF, id=provider_id, resource_class=name) is not None]
    if used:
        raise Conflict(
            f"Inventory for '{', '.join(used)}' on resource provider '{provider_id}' in use.",
            extra={"code": INVENTORY_IN_USE},
        )


def check_limits(who: Caller, name: str, limits: Mapping[str, Any]) -> None:
    """Refuse to reserve more than there is (or all of it, before 1.26); raises Invalid."""
    over = limits["reserved"] - limits["total"]
    if over > 0 or (over == 0 and not who.can(ALL_RESERVED)):
        raise Invalid(f"Invalid inventory for {name}: {limits['reserved']} reserved of a total of {limits['total']}.")


def _one(tx: Tx, provider: Row, name: str, *, to_delete: bool = False) -> Row:
    row = inventories_of(tx, provider["id"]).get(name)
    if row is None:
        raise Missing(f"No inventory of class {name} {'found for delete' if to_delete else 'for ' + provider['id']}")
    return row


def _told_one(who: Caller, provider: Row, row: Row, tx: Tx, **more: Any) -> Answer:
    return dated(who, {**row, "resource_provider_generation": provider["generation"]}, tx.now, **more)


def _told(tx: Tx, who: Caller, provider: Row) -> Answer:
    found = {name: limits_of(row) for name, row in inventories_of(tx, provider["id"]).items()}
    value = {"inventories": found, "resource_provider_generation": provider["generation"]}
    return dated(who, value, tx.now)


# ── routes: all of a provider ────────────────────────────────────────────────────────────────────────────

_ALL = "/resource_providers/{uuid}/inventories"
_ONE = f"{_ALL}/{{resource_class}}"


@placement.route(f"GET {_ALL}", Inventories, "show", rule="placement:resource_providers:inventories:list")
def show_all(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Inventories) -> Answer:
    """All that a provider has."""
    return _told(tx, who, provider_of(tx, target["uuid"]))


@placement.route(f"PUT {_ALL}", Inventories, "replace", rule="placement:resource_providers:inventories:update")
def replace(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Inventories) -> Answer:
    """Let a provider have these inventories and no others; 409 for one that is missing and held."""
    provider = provider_of(tx, target["uuid"])
    wanted = {name: limits_of(lot) for name, lot in asked.inventories.items()}
    check_classes(tx, wanted)
    after = step(tx, provider, asked.resource_provider_generation)
    for name, limits in wanted.items():
        check_limits(who, name, limits)
    check_unused(tx, provider["id"], inventories_of(tx, provider["id"]).keys() - wanted.keys())
    set_inventories(tx, provider["id"], wanted)
    return _told(tx, who, after)


@placement.route(
    f"DELETE {_ALL}", Nothing, rule="placement:resource_providers:inventories:delete", since="1.5", code=204
)
def delete_all(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Let a provider have nothing; 409 while anything of it is held."""
    provider = provider_of(tx, target["uuid"])
    check_unused(tx, provider["id"], set(inventories_of(tx, provider["id"])))
    set_inventories(tx, provider["id"], {})
    step(tx, provider)


# ── routes: one class ────────────────────────────────────────────────────────────────────────────────────


@placement.route(f"POST {_ALL}", Inventory, "create", rule="placement:resource_providers:inventories:create", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Inventory) -> Answer:
    """Let a provider have some of one more class."""
    provider = provider_of(tx, target["uuid"])
    name = asked.resource_class
    check_classes(tx, [name])
    check_limits(who, name, limits_of(asked))
    if name in inventories_of(tx, provider["id"]):
        raise concurrent(f"Resource provider {provider['id']} has an inventory of {name} already.")
    expected = asked.resource_provider_generation
    after = step(tx, provider, None if expected is UNSET else expected)
    row = tx.insert(inventories, provider_id=provider["id"], resource_class=name, **limits_of(asked))
    location = address(tx, f"/resource_providers/{provider['id']}/inventories/{name}")
    return _told_one(who, after, row, tx, location=location)


@placement.route(f"GET {_ONE}", Inventory, "show", rule="placement:resource_providers:inventories:show")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Inventory) -> Answer:
    """What a provider has of one class."""
    provider = provider_of(tx, target["uuid"])
    return _told_one(who, provider, _one(tx, provider, target["resource_class"]), tx)


@placement.route(f"PUT {_ONE}", Inventory, "update", rule="placement:resource_providers:inventories:update")
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Inventory) -> Answer:
    """Let a provider have more or less of a class, be it less than is held."""
    provider = provider_of(tx, target["uuid"])
    name = target["resource_class"]
    after = step(tx, provider, asked.resource_provider_generation)
    check_limits(who, name, limits_of(asked))
    row = inventories_of(tx, provider["id"]).get(name)
    if row is None:
        raise Invalid(f"No inventory record with resource class {name} for resource provider {provider['id']}.")
    return _told_one(who, after, tx.change(inventories, row, **limits_of(asked)), tx)


@placement.route(f"DELETE {_ONE}", Nothing, rule="placement:resource_providers:inventories:delete", code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Let a provider have none of a class; 409 while any is held."""
    provider = provider_of(tx, target["uuid"])
    row = _one(tx, provider, target["resource_class"], to_delete=True)
    check_unused(tx, provider["id"], {row["resource_class"]})
    tx.remove(inventories, row)
    step(tx, provider)
