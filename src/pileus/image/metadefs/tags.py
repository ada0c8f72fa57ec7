"""Tags that a namespace proposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from pileus.image.api import image
from pileus.image.metadefs.rules import check_free, check_name, check_unprotected, one_in, one_namespace
from pileus.image.metadefs.shape import Name, refuse_read_only
from pileus.image.metadefs.table import held, tags
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Page, Row, Tx, page
from pileus.kernel.values import Count, Flag

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class InnerTag(msgspec.Struct, forbid_unknown_fields=True):
    """A tag inside a list of them."""

    name: Name


class Tag(Resource, many="tags"):
    """A word that may be put on a resource."""

    name: Name = given("update") | shown()
    created_at: datetime = given("update", Any, default=UNSET) | shown("show")
    updated_at: datetime = given("update", Any, default=UNSET) | shown("show")
    limit: Count = given("list", default=UNSET)
    marker: str = given("list", default=UNSET)
    sort_key: str = given("list", default="created_at")
    sort_dir: str = given("list", default="desc")


class Tags(Resource, many="tags"):
    """Several tags at once."""

    tags: list[InnerTag] = given("create") | shown()
    append: Flag = given("create", default=False, header=True, wire="x-openstack-append")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def defined(tx: Tx, namespace_id: str) -> list[dict[str, Any]]:
    """A namespace's tags as its own body shows them."""
    return [{"name": row["name"]} for row in held(tx, tags, namespace_id)]


def define(tx: Tx, namespace: Mapping[str, Any], names: Sequence[str]) -> list[Row]:
    """Add tags to a namespace; raises Conflict where one is there, or named twice."""
    if len(set(names)) != len(names):
        raise Conflict("A metadata definition tag is named twice.")
    for name in names:
        check_free(tx, tags, namespace, name, "tag")
    return [tx.insert(tags, namespace_id=namespace["id"], name=name, updated_at=tx.now) for name in names]


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/metadefs/namespaces/{namespace}/tags"
one_tag = one_in(tags, "tag")


@image.route(f"GET {PATH}", Tag, "list", rule="get_metadef_tags", of=one_namespace)
def list_tags(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tag) -> Page:
    """A namespace's tags."""
    mine = select(tags).where(tags.c.namespace_id == target["id"])
    limit = None if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    return page(tx, mine, tags, limit=limit, marker=marker, sort=[(asked.sort_key, asked.sort_dir)], tie="name")


@image.route(f"POST {PATH}", Tags, "create", rule="add_metadef_tags", of=one_namespace, code=201, also=(200,))
def create_several(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tags) -> dict[str, Any]:
    """Put these tags in place of those that are there, or beside them."""
    if not asked.append:
        remove_all(tx, target)
    define(tx, target, [tag.name for tag in asked.tags])
    return {"tags": defined(tx, target["id"])}


@image.route(f"DELETE {PATH}", Nothing, rule="delete_metadef_tags", of=one_namespace, code=204)
def delete_all(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take all tags out of a namespace."""
    check_unprotected(target)
    remove_all(tx, target)


def remove_all(tx: Tx, target: Mapping[str, Any]) -> None:
    """Take all tags out of a namespace, protected or not."""
    for row in held(tx, tags, target["id"]):
        tx.remove(tags, row)


@image.route(f"POST {PATH}/{{name}}", Nothing, rule="add_metadef_tag", of=one_namespace, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Add one tag to a namespace."""
    return Answer(define(tx, target, [check_name(target["path"]["name"])])[0], kind=Tag, view="show")


@image.route(f"GET {PATH}/{{name}}", Tag, "show", rule="get_metadef_tag", of=one_tag)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tag) -> Row:
    """One tag."""
    found: Row = target["found"]
    return found


@image.route(f"PUT {PATH}/{{name}}", Tag, "update", rule="modify_metadef_tag", of=one_tag, view="show")
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Tag) -> Row:
    """Call a tag by another name."""
    refuse_read_only(asked, "created_at", "updated_at")
    if asked.name != target["found"]["name"]:
        check_free(tx, tags, target, asked.name, "tag")
    return tx.change(tags, target["found"], name=asked.name, updated_at=tx.now)


@image.route(f"DELETE {PATH}/{{name}}", Nothing, rule="delete_metadef_tag", of=one_tag, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take a tag out of its namespace."""
    check_unprotected(target)
    tx.remove(tags, target["found"])
