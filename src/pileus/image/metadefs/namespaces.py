"""Namespaces of metadata definitions: everybody reads the public ones, administrators write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta
from sqlalchemy import or_, select, true

from pileus.image.api import image, rules_all
from pileus.image.metadefs import objects, properties, resource_types, tags
from pileus.image.metadefs.objects import InnerObject
from pileus.image.metadefs.resource_types import Association
from pileus.image.metadefs.rules import check_unprotected, one_namespace, prefix_of
from pileus.image.metadefs.shape import Definitions, Name, Short, plain, read_only, refuse_read_only
from pileus.image.metadefs.table import NAMESPACE, associations, namespaces
from pileus.image.metadefs.tags import InnerTag
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Page, Row, Tx, page
from pileus.kernel.values import Count

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Description = Annotated[str, Meta(max_length=500)]
Owner = Annotated[str, Meta(min_length=1, max_length=255)]


class Namespace(Resource, many="namespaces"):
    """What belongs together among metadata definitions, and whom it is for."""

    namespace: Name = given("create update") | shown()
    display_name: Short | None = given("create update", default=None) | shown(maybe=True)
    description: Description | None = given("create update", default=None) | shown(maybe=True)
    visibility: Literal["public", "private"] = given("create update", default="private") | shown()
    protected: bool = given("create update", default=False) | shown()
    owner: Owner = given("create update", default=UNSET) | shown(maybe=True)
    created_at: datetime = read_only()
    updated_at: datetime = read_only()
    self: str = read_only()
    schema: str = read_only()
    resource_type_associations: list[Association] = given("create update", default=UNSET) | shown(maybe=True)
    properties: Definitions = given("create update", default=UNSET) | shown("show create", maybe=True)
    objects: list[InnerObject] = given("create update", default=UNSET) | shown("show create", maybe=True)
    tags: list[InnerTag] = given("create update", default=UNSET) | shown("show create", maybe=True)
    resource_type: str = given("show", default=UNSET)


class NamespaceQuery(Resource, many="namespaces"):
    """Which namespaces a list is to hold."""

    limit: Count = given("list", default=25)
    marker: str = given("list", default=UNSET)
    visibility: str = given("list", default=UNSET)
    resource_types: str = given("list", default=UNSET)
    sort_key: str = given("list", default="created_at")
    sort_dir: str = given("list", default="desc")


SORTS = ("namespace", "display_name", "description", "visibility", "protected", "owner", "created_at", "updated_at")
_WRITTEN = ("created_at", "updated_at", "self", "schema")

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def told(row: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A namespace as it is shown, without what it does not have."""
    at = f"/v2/metadefs/namespaces/{row['namespace']}"
    found = {**row, "self": at, "schema": "/v2/schemas/metadefs/namespace", **more}
    return {name: value for name, value in found.items() if value is not None}


def whole(tx: Tx, row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A namespace with all it holds; what it has none of is not shown."""
    inside = {
        "resource_type_associations": resource_types.associated(tx, row["id"]),
        "properties": properties.defined(tx, row["id"], prefix),
        "objects": objects.defined(tx, row, prefix),
        "tags": tags.defined(tx, row["id"]),
    }
    return told(row, **{name: value for name, value in inside.items() if value})


def many_namespaces(tx: Tx, who: Caller, asked: NamespaceQuery) -> Page:
    """A page of the namespaces the caller may see; raises Invalid."""
    mine = or_(namespaces.c.visibility == "public", namespaces.c.owner == who.project_id)
    visible = select(namespaces).where(true() if rules_all(who) else mine)
    chosen = visible
    if asked.visibility is not UNSET:
        if asked.visibility not in ("public", "private"):
            raise Invalid(f"Invalid visibility value: {asked.visibility}.")
        chosen = chosen.where(namespaces.c.visibility == asked.visibility)
    if asked.resource_types is not UNSET:
        meant = select(associations.c.namespace_id).where(associations.c.name.in_(asked.resource_types.split(",")))
        chosen = chosen.where(namespaces.c.id.in_(meant))
    if asked.sort_key not in SORTS or asked.sort_dir not in ("asc", "desc"):
        raise Invalid(f"Invalid sort key or direction: {asked.sort_key} {asked.sort_dir}.")
    if not asked.limit:
        return Page([], more=False, tie="namespace")
    marker = None if asked.marker is UNSET else asked.marker
    sort = [(asked.sort_key, asked.sort_dir)]
    return page(tx, chosen, namespaces, limit=asked.limit, marker=marker, sort=sort, tie="namespace", scope=visible)


def check_new_name(tx: Tx, name: str) -> None:
    """Raise Conflict where a namespace of that name is there, whoever's it is."""
    if tx.one(NAMESPACE, namespace=name) is not None:
        raise Conflict(f"The metadata definition namespace={name} already exists.")


def add_namespace(tx: Tx, owner: str | None, asked: Any) -> Row:
    """Make a namespace with all that is asked to be in it; raises Conflict."""
    check_new_name(tx, asked.namespace)
    row = tx.insert(
        namespaces,
        owner=owner if asked.owner is UNSET else asked.owner,
        updated_at=tx.now,
        **{name: getattr(asked, name) for name in _PLAIN},
    )
    for one in () if asked.resource_type_associations is UNSET else asked.resource_type_associations:
        resource_types.associate(tx, row, one)
    for name, definition in plain(asked.properties).items():
        properties.define(tx, row, name, definition)
    for one in () if asked.objects is UNSET else asked.objects:
        objects.define(tx, row, one)
    tags.define(tx, row, [] if asked.tags is UNSET else [tag.name for tag in asked.tags])
    return row


_PLAIN = ("namespace", "display_name", "description", "visibility", "protected")

# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/metadefs/namespaces/{namespace}"


@image.route("GET /metadefs/namespaces", NamespaceQuery, "list", rule="get_metadef_namespaces")
def list_namespaces(tx: Tx, who: Caller, target: Mapping[str, Any], asked: NamespaceQuery) -> Answer:
    """The namespaces the caller may see, with the types of resource each is for."""
    found = many_namespaces(tx, who, asked)
    meant = {row["id"]: resource_types.associated(tx, row["id"]) or None for row in found.rows}
    rows = [told(row, resource_type_associations=meant[row["id"]]) for row in found.rows]
    return Answer(Page(rows, found.more, found.tie), kind=Namespace)


@image.route("POST /metadefs/namespaces", Namespace, "create", rule="add_metadef_namespace", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Namespace) -> Answer:
    """Make a namespace; its name is nobody else's."""
    refuse_read_only(asked, *_WRITTEN)
    made = whole(tx, add_namespace(tx, who.project_id, asked))
    return Answer(made, headers=[("Location", f"{tx.part(PublicUrl).value}/image{made['self']}")])


@image.route(f"GET {PATH}", Namespace, "show", rule="get_metadef_namespace", of=one_namespace)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Namespace) -> dict[str, Any]:
    """A namespace with all it holds; with `resource_type`, properties as they are called on such a resource."""
    return whole(tx, target, prefix_of(tx, target, asked.resource_type))


@image.route(f"PUT {PATH}", Namespace, "update", rule="modify_metadef_namespace", of=one_namespace, view="list")
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Namespace) -> dict[str, Any]:
    """Describe a namespace anew; what is not said is as in a new one, and what it holds stays."""
    refuse_read_only(asked, *_WRITTEN)
    if asked.namespace != target["namespace"]:
        check_new_name(tx, asked.namespace)
    owner = who.project_id if asked.owner is UNSET else asked.owner
    values = {name: getattr(asked, name) for name in _PLAIN}
    return told(tx.change(namespaces, target["id"], owner=owner, updated_at=tx.now, **values))


@image.route(f"DELETE {PATH}", Nothing, rule="delete_metadef_namespace", of=one_namespace, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Forget a namespace and all it holds."""
    check_unprotected(target)
    tx.remove(namespaces, target["id"])
