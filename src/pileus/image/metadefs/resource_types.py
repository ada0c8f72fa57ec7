"""Types of resource, and which namespaces are meant for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from pileus.image.api import image
from pileus.image.metadefs.rules import check_free, check_unprotected, one_in, one_namespace
from pileus.image.metadefs.shape import Name, Short, read_only, refuse_read_only
from pileus.image.metadefs.table import RESOURCE_TYPES, associations, held, resource_types
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class ResourceType(Resource, many="resource_types"):
    """A type of resource, by the name orchestration has for it."""

    name: Name = shown()
    created_at: datetime = shown()
    updated_at: datetime = shown()


class ResourceTypeAssociation(Resource, many="resource_type_associations"):
    """That a namespace is meant for a type of resource, and how its keys begin there."""

    name: Name = given("create") | shown()
    prefix: Short = given("create", default=UNSET) | shown(maybe=True)
    properties_target: Short = given("create", default=UNSET) | shown(maybe=True)
    created_at: datetime = read_only()
    updated_at: datetime = read_only()


class Association(msgspec.Struct, forbid_unknown_fields=True):
    """An association inside the body of its namespace."""

    name: Name
    prefix: Short | msgspec.UnsetType = UNSET
    properties_target: Short | msgspec.UnsetType = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """An association as it is shown."""
    return {name: value for name, value in row.items() if value is not None}


def associated(tx: Tx, namespace_id: str) -> list[dict[str, Any]]:
    """A namespace's associations as its own body shows them."""
    names = ("name", "prefix", "properties_target")
    rows = held(tx, associations, namespace_id)
    return [{**{name: row[name] for name in names if row[name] is not None}, **_moments(row)} for row in rows]


def _moments(row: Row) -> dict[str, str]:
    return {name: image.manner.moment(row[name]) for name in ("created_at", "updated_at")}


def associate(tx: Tx, namespace: Mapping[str, Any], asked: Any) -> Row:
    """Say that a namespace is for a type of resource, which is made if there is none; raises Conflict."""
    check_free(tx, associations, namespace, asked.name, "resource type association")
    name_type(tx, asked.name)
    given = {name: getattr(asked, name) for name in ("prefix", "properties_target")}
    values = {name: None if value is UNSET else value for name, value in given.items()}
    return tx.insert(associations, namespace_id=namespace["id"], name=asked.name, updated_at=tx.now, **values)


def name_type(tx: Tx, name: str) -> None:
    """Let there be a type of resource of that name."""
    if tx.find(resource_types, name) is None:
        tx.insert(resource_types, name=name, updated_at=tx.now)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/metadefs/namespaces/{namespace}/resource_types"
one_association = one_in(associations, "resource type association")


@image.route("GET /metadefs/resource_types", ResourceType, "list", rule="list_metadef_resource_types")
def list_types(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResourceType) -> list[Row]:
    """All types of resource."""
    return tx.all(RESOURCE_TYPES)


@image.route(f"GET {PATH}", ResourceTypeAssociation, "list", rule="get_metadef_resource_type", of=one_namespace)
def list_associations(
    tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResourceTypeAssociation
) -> list[dict[str, Any]]:
    """The types of resource a namespace is meant for."""
    return [told(row) for row in held(tx, associations, target["id"])]


@image.route(
    f"POST {PATH}",
    ResourceTypeAssociation,
    "create",
    rule="add_metadef_resource_type_association",
    of=one_namespace,
    code=201,
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ResourceTypeAssociation) -> Answer:
    """Say that a namespace is meant for a type of resource."""
    refuse_read_only(asked, "created_at", "updated_at")
    return Answer(told(associate(tx, target, asked)))


@image.route(
    f"DELETE {PATH}/{{name}}",
    Nothing,
    rule="remove_metadef_resource_type_association",
    of=one_association,
    code=204,
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """A namespace is no longer meant for a type of resource."""
    check_unprotected(target)
    tx.remove(associations, target["found"])
