"""Objects: properties of a namespace that belong together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from pileus.image.api import image
from pileus.image.metadefs.rules import check_free, check_unprotected, one_in, one_namespace
from pileus.image.metadefs.shape import Definitions, Name, Text, plain, read_only, refuse_read_only
from pileus.image.metadefs.table import held, objects
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Page, Row, Tx, page
from pileus.kernel.values import Count

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Object(Resource, many="objects"):
    """A group of properties, some of them required."""

    name: Name = given("create update") | shown()
    description: Text = given("create update", default=UNSET) | shown(maybe=True)
    required: list[Text] = given("create update", default=[]) | shown()
    properties: Definitions = given("create update", default=UNSET) | shown()
    created_at: datetime = read_only()
    updated_at: datetime = read_only()
    self: str = read_only()
    schema: str = read_only()
    limit: Count = given("list", default=UNSET)
    marker: str = given("list", default=UNSET)
    sort_key: str = given("list", default="created_at")
    sort_dir: str = given("list", default="desc")


class InnerObject(msgspec.Struct, forbid_unknown_fields=True):
    """An object inside the body of its namespace."""

    name: Name
    description: Text | msgspec.UnsetType = UNSET
    required: list[Text] = []
    properties: Definitions | msgspec.UnsetType = UNSET


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def told(namespace: str, row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """An object as it is shown."""
    at = f"/v2/metadefs/namespaces/{namespace}/objects/{row['name']}"
    within = {prefix + name: definition for name, definition in row["properties"].items()}
    found = {**row, "properties": within, "self": at, "schema": "/v2/schemas/metadefs/object"}
    return {name: value for name, value in found.items() if value is not None}


def defined(tx: Tx, namespace: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """A namespace's objects as its own body shows them."""
    names = ("name", "description", "required", "properties")
    every = [told(namespace["namespace"], row, prefix) for row in held(tx, objects, namespace["id"])]
    return [{name: one[name] for name in names if name in one} for one in every]


def define(tx: Tx, namespace: Mapping[str, Any], asked: Any) -> Row:
    """Add an object to a namespace; raises Conflict."""
    check_free(tx, objects, namespace, asked.name, "object")
    return tx.insert(objects, namespace_id=namespace["id"], updated_at=tx.now, **_values(asked))


def _values(asked: Any) -> dict[str, Any]:
    return {
        "name": asked.name,
        "description": None if asked.description is UNSET else asked.description,
        "required": asked.required,
        "properties": plain(asked.properties),
    }


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/metadefs/namespaces/{namespace}/objects"
one_object = one_in(objects, "object")
_WRITTEN = ("created_at", "updated_at", "self", "schema")


@image.route(f"GET {PATH}", Object, "list", rule="get_metadef_objects", of=one_namespace)
def list_objects(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Object) -> Page:
    """A namespace's objects."""
    mine = select(objects).where(objects.c.namespace_id == target["id"])
    limit = None if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    sort = [(asked.sort_key, asked.sort_dir)]
    found = page(tx, mine, objects, limit=limit, marker=marker, sort=sort, tie="name")
    return Page([told(target["namespace"], row) for row in found.rows], found.more, found.tie)


@image.route(f"POST {PATH}", Object, "create", rule="add_metadef_object", of=one_namespace, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Object) -> Answer:
    """Add an object to a namespace."""
    refuse_read_only(asked, *_WRITTEN)
    return Answer(told(target["namespace"], define(tx, target, asked)))


@image.route(f"GET {PATH}/{{name}}", Object, "show", rule="get_metadef_object", of=one_object)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Object) -> dict[str, Any]:
    """One object."""
    return told(target["namespace"], target["found"])


@image.route(f"PUT {PATH}/{{name}}", Object, "update", rule="modify_metadef_object", of=one_object)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Object) -> dict[str, Any]:
    """Put another object in its place, perhaps under another name."""
    refuse_read_only(asked, *_WRITTEN)
    if asked.name != target["found"]["name"]:
        check_free(tx, objects, target, asked.name, "object")
    changed = tx.change(objects, target["found"], updated_at=tx.now, **_values(asked))
    return told(target["namespace"], changed)


@image.route(f"DELETE {PATH}/{{name}}", Nothing, rule="delete_metadef_object", of=one_object, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take an object out of its namespace."""
    check_unprotected(target)
    tx.remove(objects, target["found"])
