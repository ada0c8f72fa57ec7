"""Images as callers before 2.36 ask this service for them: the image service's own, in other words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus import image
from pileus.compute.api import compute, no_such
from pileus.compute.links import links
from pileus.compute.quotas import check_metadata
from pileus.compute.servers.filters import moment
from pileus.compute.servers.shape import Key, Metadata, Value
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Page, Row, Tx
from pileus.kernel.values import Count

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = "show detail"


class Image(Resource, one="image", many="images"):
    """An image in the words of this service."""

    id: str = shown()
    name: str | None = shown()
    links: list[Any] = shown()
    status: str = shown(WHOLE)
    progress: int = shown(WHOLE)
    metadata: dict[str, str] = shown(WHOLE)
    least_disk: int = shown(WHOLE, wire="minDisk")
    least_ram: int = shown(WHOLE, wire="minRam")
    created: Any = shown(WHOLE)
    updated: Any = shown(WHOLE)
    size: int = shown(WHOLE, wire="OS-EXT-IMG-SIZE:size")
    server: Any = shown(WHOLE, maybe=True)


class ImageQuery(Resource, many="images"):
    """Which images a list is to hold."""

    limit: Count = given("list", default=UNSET)
    marker: str = given("list", default=UNSET)
    name: str = given("list", default=UNSET)
    status: str = given("list", default=UNSET)
    least_disk: Count = given("list", default=UNSET, wire="minDisk")
    least_ram: Count = given("list", default=UNSET, wire="minRam")
    changes_since: str = given("list", default=UNSET, wire="changes-since")
    server: str = given("list", default=UNSET)
    type: str = given("list", default=UNSET)


class Items(Resource):
    """Metadata by name."""

    metadata: Metadata = given("write")


class OneItem(Resource):
    """One item, under its name."""

    meta: dict[Key, Value] = given("write")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_STATUS = {"active": "ACTIVE", "queued": "SAVING", "saving": "SAVING", "uploading": "SAVING", "importing": "SAVING"}
_PROGRESS = {"queued": 25, "saving": 50, "uploading": 50, "importing": 50, "active": 100}


def one_image(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The image a path names; raises Missing."""
    row = image.image_seen_by(tx, who, path["image_id"])
    if row is None:
        raise no_such("Image", path["image_id"])
    return {**row, "project_id": row["owner"], "key": path.get("key", "")}


def told(tx: Tx, row: Mapping[str, Any]) -> dict[str, Any]:
    """An image in the words of this service."""
    at, made_of = row["id"], row["extras"].get("instance_uuid")
    elsewhere = {"rel": "alternate", "type": "application/vnd.openstack.image"}
    server = {"server": {"id": made_of, "links": links(tx, "servers", made_of)}} if made_of else {}
    return {
        "id": at,
        "name": row["name"],
        "links": [*links(tx, "images", at), {**elsewhere, "href": f"{tx.part(PublicUrl).value}/image/v2/images/{at}"}],
        "status": _STATUS.get(row["status"], "UNKNOWN"),
        "progress": _PROGRESS.get(row["status"], 0),
        "metadata": row["extras"],
        "least_disk": row["min_disk"],
        "least_ram": row["min_ram"],
        "created": row["created_at"],
        "updated": row["updated_at"],
        "size": row["size"] or 0,
        **server,
    }


def _many(tx: Tx, who: Caller, asked: ImageQuery) -> Page:
    narrowed: dict[str, Any] = {
        name: value
        for name, value in (("name", asked.name), ("min_disk", asked.least_disk), ("min_ram", asked.least_ram))
        if value is not UNSET
    }
    if asked.status is not UNSET:
        narrowed["statuses"] = [each for each, shown_as in _STATUS.items() if shown_as == asked.status.upper()]
    if asked.changes_since is not UNSET:
        narrowed["since"] = moment(asked.changes_since)
    if asked.server is not UNSET:
        narrowed["made_of"] = asked.server.rpartition("/")[2]
    if asked.type is not UNSET:
        narrowed["kind"] = asked.type
    limit = None if asked.limit is UNSET else asked.limit
    found = image.images_seen_by(tx, who, narrowed, limit=limit, marker=None if asked.marker is UNSET else asked.marker)
    return Page([told(tx, row) for row in found.rows], found.more)


def _keep(tx: Tx, who: Caller, target: Mapping[str, Any], items: Mapping[str, str]) -> None:
    check_metadata(tx, str(who.project_id), items)
    image.set_properties(tx, who, target, items)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/images/{image_id}"
ONE_ITEM = f"{PATH}/metadata/{{key}}"


@compute.route("GET /images", ImageQuery, "list", until="2.36")
def list_images(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ImageQuery) -> Answer:
    """Images by name."""
    return Answer(_many(tx, who, asked), kind=Image)


@compute.route("GET /images/detail", ImageQuery, "list", view="detail", until="2.36")
def list_whole_images(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ImageQuery) -> Answer:
    """Images with all that is told of them here."""
    return Answer(_many(tx, who, asked), kind=Image)


@compute.route(f"GET {PATH}", Image, "show", of=one_image, until="2.36")
def show(tx: Tx, who: Caller, target: Row, asked: Image) -> dict[str, Any]:
    """One image."""
    return told(tx, target)


@compute.route(f"DELETE {PATH}", Nothing, of=one_image, until="2.36", code=204)
def delete(tx: Tx, who: Caller, target: Row, asked: Nothing) -> None:
    """Delete an image."""
    image.remove_image(tx, who, target)


@compute.route(f"GET {PATH}/metadata", Nothing, of=one_image, until="2.39")
def list_items(tx: Tx, who: Caller, target: Row, asked: Nothing) -> Answer:
    """What an image carries."""
    return Answer({"metadata": target["extras"]}, raw=True)


@compute.route(f"POST {PATH}/metadata", Items, "write", of=one_image, until="2.39")
def add(tx: Tx, who: Caller, target: Row, asked: Items) -> Answer:
    """Add to it, or give what is there other values."""
    items = {**target["extras"], **asked.metadata}
    _keep(tx, who, target, items)
    return Answer({"metadata": items}, raw=True)


@compute.route(f"PUT {PATH}/metadata", Items, "write", of=one_image, until="2.39")
def replace(tx: Tx, who: Caller, target: Row, asked: Items) -> Answer:
    """Have exactly this."""
    _keep(tx, who, target, asked.metadata)
    return Answer({"metadata": asked.metadata}, raw=True)


@compute.route(f"GET {ONE_ITEM}", Nothing, of=one_image, until="2.39")
def show_item(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """One item."""
    key = _present(target)
    return Answer({"meta": {key: target["extras"][key]}}, raw=True)


@compute.route(f"PUT {ONE_ITEM}", OneItem, "write", of=one_image, until="2.39")
def update_item(tx: Tx, who: Caller, target: Mapping[str, Any], asked: OneItem) -> Answer:
    """Give one item a value."""
    if list(asked.meta) != [target["key"]]:
        raise Invalid("Request body and URI mismatch")
    _keep(tx, who, target, {**target["extras"], **asked.meta})
    return Answer({"meta": asked.meta}, raw=True)


@compute.route(f"DELETE {ONE_ITEM}", Nothing, of=one_image, until="2.39", code=204)
def delete_item(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take one item away."""
    key = _present(target)
    _keep(tx, who, target, {name: value for name, value in target["extras"].items() if name != key})


def _present(target: Mapping[str, Any]) -> str:
    if target["key"] not in target["extras"]:
        raise Missing("Metadata item was not found")
    return str(target["key"])
