"""Resource classes: what amounts are counted of; the standard ones, and those an operator names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.placement.api import address, dated, placement
from pileus.placement.names import CLASSES, ECU, ClassName, CustomName, is_custom
from pileus.placement.table import allocations, classes, inventories

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class ResourceClass(Resource, many="resource_classes"):
    """A kind of resource that is given out in amounts."""

    name: ClassName = given("create rename", CustomName) | shown()
    links: list[dict[str, str]] = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_OWN = select(classes).order_by(classes.c.created_at, classes.c.name)
_SOME = select(classes.c.name).where(classes.c.name.in_(bindparam("names", expanding=True)))
_IN_USE = select(inventories.c.provider_id).where(inventories.c.resource_class == bindparam("name")).limit(1)
_RENAMES = [
    table.update().where(table.c.resource_class == bindparam("old")).values(resource_class=bindparam("new"))
    for table in (inventories, allocations)
]

_STANDARD = frozenset((*CLASSES, ECU))
"""The ECU is Pileus' own, and every cloud of its kind has it."""


def check_classes(tx: Tx, names: Collection[str], said: str = "Unknown resource class") -> None:
    """Refuse resource classes that do not exist; raises Invalid."""
    rest = frozenset(names) - _STANDARD
    unknown = rest - {row["name"] for row in tx.all(_SOME, names=list(rest))} if rest else ()
    if unknown:
        raise Invalid(f"{said}: {', '.join(sorted(unknown))}.")


def _class_of(tx: Tx, name: str) -> Row:
    """A class that is not standard; raises Invalid for a standard one and Missing for none."""
    if name in _STANDARD:
        raise Invalid(f"Cannot delete standard resource class {name}, nor rename it.")
    row = tx.find(classes, name)
    if row is None:
        raise Missing(f"No such resource class: {name}.")
    return row


def _shown(name: str) -> dict[str, Any]:
    return {"name": name, "links": [{"rel": "self", "href": f"{placement.root}/resource_classes/{name}"}]}


def _make(tx: Tx, name: str) -> None:
    tx.insert(classes, name=name)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@placement.route("GET /resource_classes", ResourceClass, "list", rule="placement:resource_classes:list", since="1.2")
def list_classes(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResourceClass) -> Answer:
    """All classes, the standard ones first."""
    own = [row["name"] for row in tx.all(_OWN)]
    return dated(who, [_shown(name) for name in (*CLASSES, ECU, *own)], tx.now)


@placement.route(
    "POST /resource_classes",
    ResourceClass,
    "create",
    rule="placement:resource_classes:create",
    since="1.2",
    code=201,
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResourceClass) -> Answer:
    """Name a class of one's own; 409 where there is one of that name."""
    if asked.name in _STANDARD or tx.find(classes, asked.name) is not None:
        raise Conflict(f"Conflicting resource class already exists: {asked.name}.")
    _make(tx, asked.name)
    return _located(tx, asked.name)


def _located(tx: Tx, name: str, code: int = 201) -> Answer:
    return Answer(None, [("location", address(tx, f"/resource_classes/{name}"))], code)


@placement.route(
    "GET /resource_classes/{name}", ResourceClass, "show", rule="placement:resource_classes:show", since="1.2"
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResourceClass) -> Answer:
    """One class."""
    name, made = target["name"], tx.now
    if name not in _STANDARD:
        made = _class_of(tx, name)["created_at"]
    return dated(who, _shown(name), made)


@placement.route(
    "PUT /resource_classes/{name}",
    ResourceClass,
    "rename",
    rule="placement:resource_classes:update",
    since="1.2",
    until="1.7",
)
def rename(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResourceClass) -> dict[str, Any]:
    """Another name for a class, everywhere; as it was done before 1.7."""
    row = _class_of(tx, target["name"])
    if asked.name in _STANDARD or tx.find(classes, asked.name) is not None:
        raise Conflict(f"Resource class already exists: {asked.name}.")
    _make(tx, asked.name)
    for statement in _RENAMES:
        tx.run(statement, old=row["name"], new=asked.name)
    tx.remove(classes, row)
    return _shown(asked.name)


@placement.route(
    "PUT /resource_classes/{name}", Nothing, rule="placement:resource_classes:update", since="1.7", code=204
)
def ensure(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Make sure that a class exists."""
    name = target["name"]
    if not is_custom(name):
        raise Invalid(
            f"The name of a resource class of one's own begins with CUSTOM_ and has only A-Z, 0-9, _: {name}."
        )
    if name in _STANDARD or tx.find(classes, name) is not None:
        return _located(tx, name, 204)
    _make(tx, name)
    return _located(tx, name)


@placement.route(
    "DELETE /resource_classes/{name}", Nothing, rule="placement:resource_classes:delete", since="1.2", code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Forget a class that no provider has."""
    row = _class_of(tx, target["name"])
    if tx.one(_IN_USE, name=row["name"]) is not None:
        raise Conflict(f"The resource class {row['name']} is in use in inventory.")
    tx.remove(classes, row)
