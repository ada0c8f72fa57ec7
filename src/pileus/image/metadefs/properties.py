"""Properties: the keys a namespace defines, and what values they may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.image.api import image
from pileus.image.metadefs.rules import check_free, check_unprotected, one_namespace, prefix_of, thing
from pileus.image.metadefs.shape import Definition, Definitions, Name, read_only, refuse_read_only
from pileus.image.metadefs.table import held, properties
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Property(Definition, many="properties"):
    """A definition of a property under its name."""

    name: Name = given("create update") | shown()
    created_at: str = read_only()
    updated_at: str = read_only()
    resource_type: str = given("show", default=UNSET)


class Properties(Resource):
    """A namespace's properties by their names."""

    properties: Definitions = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def defined(tx: Tx, namespace_id: str, prefix: str = "") -> dict[str, Any]:
    """A namespace's definitions by name."""
    return {prefix + row["name"]: row["definition"] for row in held(tx, properties, namespace_id)}


def define(tx: Tx, namespace: Mapping[str, Any], name: str, definition: Mapping[str, Any]) -> Row:
    """Add a property to a namespace; raises Conflict."""
    check_free(tx, properties, namespace, name, "property")
    return tx.insert(
        properties, namespace_id=namespace["id"], name=name, definition=dict(definition), updated_at=tx.now
    )


def _read(asked: Property) -> dict[str, Any]:
    """What was asked, without its name."""
    refuse_read_only(asked, "created_at", "updated_at")
    return {name: value for name, value in msgspec.to_builtins(asked).items() if name != "name"}


def _told(row: Mapping[str, Any]) -> Answer:
    return Answer({"name": row["name"], **row["definition"]}, raw=True)


def one_property(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The property a path names; for a type of resource, the name it has there."""
    target = one_namespace(tx, who, path, asked)
    prefix = prefix_of(tx, target, getattr(asked, "resource_type", UNSET))
    if not path["name"].startswith(prefix):
        raise Missing(f"The property {path['name']} does not begin with {prefix}.")
    found = thing(tx, properties, target, path["name"].removeprefix(prefix), "property")
    return {**target, "found": found}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/metadefs/namespaces/{namespace}/properties"


@image.route(f"GET {PATH}", Properties, "list", rule="get_metadef_properties", of=one_namespace)
def list_properties(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Properties) -> dict[str, Any]:
    """A namespace's properties."""
    return {"properties": defined(tx, target["id"])}


@image.route(f"POST {PATH}", Property, "create", rule="add_metadef_property", of=one_namespace, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Property) -> Answer:
    """Add a property to a namespace."""
    return _told(define(tx, target, asked.name, _read(asked)))


@image.route(f"GET {PATH}/{{name}}", Property, "show", rule="get_metadef_property", of=one_property)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Property) -> Answer:
    """One property."""
    return _told(target["found"])


@image.route(f"PUT {PATH}/{{name}}", Property, "update", rule="modify_metadef_property", of=one_property)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Property) -> Answer:
    """Define a property anew, perhaps under another name."""
    if asked.name != target["found"]["name"]:
        check_free(tx, properties, target, asked.name, "property")
    definition = _read(asked)
    return _told(tx.change(properties, target["found"], name=asked.name, definition=definition, updated_at=tx.now))


@image.route(f"DELETE {PATH}/{{name}}", Nothing, rule="remove_metadef_property", of=one_property, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take a property out of its namespace."""
    check_unprotected(target)
    tx.remove(properties, target["found"])
