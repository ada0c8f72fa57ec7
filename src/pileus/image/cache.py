"""The cache: further copies of images in a store that is near, of images whose own stores are far.

A cloud has a cache where its operator names one of the chunk stores for it; that store is then no other image's.  What
lies there is read first, counts against nobody's limits, and may be dropped at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, func, select

from pileus.chunks import ChunkStores
from pileus.image.api import image, no_such
from pileus.image.images.receive import Receipt
from pileus.image.images.table import image_row, images
from pileus.image.imports.jobs import Jobs
from pileus.image.imports.work import Put, take
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing, Refusal
from pileus.kernel.resource import UNSET, Nothing, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Id, Moment, Row, Store, Tx, metadata
from pileus.kernel.workflow import Workflow, begin, outside, running, wake

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Clearing(Resource):
    """What of the cache is to be dropped."""

    target: str = given("delete", default=UNSET, header=True, wire="x-image-cache-clear-target")


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

cached = Table(
    "image_cached",
    metadata,
    Column("image_id", Id, ForeignKey(images.c.id, ondelete="CASCADE"), primary_key=True),
    Column("state", String(8), nullable=False, default="queued"),
    Column("size", BigInteger, nullable=False),
    Column("hits", Integer, nullable=False, default=0),
    Column("accessed_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    info={"kind": "cached_image", "history": False},
)

_ALL = select(cached).order_by(cached.c.created_at, cached.c.image_id)
_BY_USE = _ALL.where(cached.c.state == "cached").order_by(None).order_by(cached.c.accessed_at, cached.c.image_id)
_MANIFESTS = select(images.c.manifest).join(cached, cached.c.image_id == images.c.id)
_HELD = select(func.coalesce(func.sum(cached.c.size), 0)).where(cached.c.state == "cached")

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def place_of_cache(tx: Tx | Store) -> str:
    """The store that is the cache; raises Missing where there is none."""
    name = tx.part(ImageSettings).cache_store
    if not name:
        raise Missing("Caching via API is not supported at this site.")
    return name


def cached_manifests(tx: Tx) -> list[str]:
    """What a collection in the cache must keep."""
    return [row["manifest"] for row in tx.all(_MANIFESTS)]


def read_from(tx: Tx, image_id: str) -> str | None:
    """The cache's store where it has an image, which is then used once more."""
    name = tx.part(ImageSettings).cache_store
    row = tx.find(cached, image_id) if name else None
    if row is None or row["state"] != "cached":
        return None
    tx.change(cached, row, hits=row["hits"] + 1, accessed_at=tx.now)
    return name


def queue(tx: Tx, row: Row) -> None:
    """An image is to be cached; nothing happens where it is, or is queued."""
    if tx.find(cached, row["id"]) is None:
        tx.insert(cached, image_id=row["id"], size=row["size"], accessed_at=tx.now, updated_at=tx.now)
    if running(tx, "cached_image", row["id"]) is None:
        begin(tx, CacheImage(cached_image_id=row["id"]))


def drop(tx: Tx, rows: list[Row]) -> int:
    """Take images out of the cache or its queue; the bytes they had there."""
    for row in rows:
        tx.remove(cached, row)
    return sum(row["size"] for row in rows if row["state"] == "cached")


def _moment(at: datetime) -> float:
    return at.replace(tzinfo=UTC).timestamp()


def _told(row: Row) -> dict[str, Any]:
    times = {"last_accessed": _moment(row["accessed_at"]), "last_modified": _moment(row["updated_at"])}
    return {"image_id": row["image_id"], "hits": row["hits"], "size": row["size"], **times}


# ── work ─────────────────────────────────────────────────────────────────────────────────────────────────


def copy_to_cache(store: Store, work: CacheImage) -> None:
    """Copy the image's bytes, in a thread for long work; one that is gone meanwhile is not copied."""

    def done() -> None:
        store.write(wake, "cached_image", work.cached_image_id)

    store.part(Jobs).do(f"cache {work.cached_image_id}", lambda: _copy(store, work.cached_image_id), done=done)


def _copy(store: Store, image_id: str) -> None:
    row = store.read(image_row, image_id)
    if row is None or row["manifest"] is None:
        return

    def fill(put: Put) -> None:
        for piece in store.part(ChunkStores).among(row["stores"]).read(row["manifest"]):
            put(piece)

    def keep(receipt: Receipt) -> None:
        store.write(_arrived, image_id)

    take(store, place_of_cache(store), fill, keep)


def _arrived(tx: Tx, image_id: str) -> None:
    row = tx.find(cached, image_id)
    if row is not None:
        tx.change(cached, row, state="cached", accessed_at=tx.now, updated_at=tx.now)


def forget_copy(store: Store, work: CacheImage) -> None:
    """The cache does not have it."""
    store.write(_forget, work)


def _forget(tx: Tx, work: CacheImage) -> None:
    row = tx.find(cached, work.cached_image_id)
    if row is not None:
        tx.remove(cached, row)


@dataclass
class CacheImage(Workflow):
    """From a place in the queue to a copy in the cache."""

    cached_image_id: str
    resource: ClassVar[str] = "cached_image"
    title: ClassVar[str] = "cache"
    steps = (outside(copy_to_cache, undo=forget_copy),)

    def failed(self, tx: Tx, because: Refusal) -> None:
        """It waits no longer."""
        _forget(tx, self)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@image.route("GET /cache", Nothing, rule="cache_list")
def list_cache(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """What is in the cache, and what waits to be."""
    place_of_cache(tx)
    rows = tx.all(_ALL)
    queued = [row["image_id"] for row in rows if row["state"] == "queued"]
    there = [_told(row) for row in rows if row["state"] == "cached"]
    return Answer({"cached_images": there, "queued_images": queued}, raw=True)


@image.route("PUT /cache/{image_id}", Nothing, rule="cache_image", code=202)
def queue_image(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Ask for an image to be cached."""
    place_of_cache(tx)
    row = image_row(tx, target["image_id"])
    if row is None:
        raise no_such(target["image_id"])
    if row["status"] != "active" or row["manifest"] is None:
        raise Invalid(f"Image {row['id']} is not active, so that there is nothing to cache.")
    queue(tx, row)


@image.route("DELETE /cache/{image_id}", Nothing, rule="cache_delete", code=204)
def delete_one(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take an image out of the cache or its queue."""
    place_of_cache(tx)
    row = tx.find(cached, target["image_id"])
    if row is None:
        raise no_such(f"{target['image_id']} in the cache")
    drop(tx, [row])


@image.route("DELETE /cache", Clearing, "delete", rule="cache_delete", code=204)
def clear(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Clearing) -> None:
    """Empty the cache, its queue, or both."""
    place_of_cache(tx)
    named = "" if asked.target is UNSET else asked.target.lower()
    states = {"": ("cached", "queued"), "cache": ("cached",), "queue": ("queued",)}.get(named)
    if states is None:
        raise Invalid("The header x-image-cache-clear-target must be 'cache', 'queue' or empty.")
    drop(tx, [row for row in tx.all(_ALL) if row["state"] in states])


@image.route("POST /cache/clean", Nothing, rule="cache_clean")
def clean(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Forget what waits in the queue although nobody works on it."""
    place_of_cache(tx)
    drop(tx, [row for row in tx.all(_ALL) if row["state"] == "queued" and not _is_worked_on(tx, row)])
    return Answer({}, raw=True)


def _is_worked_on(tx: Tx, row: Row) -> bool:
    return running(tx, "cached_image", row["image_id"]) is not None


@image.route("POST /cache/prune", Nothing, rule="cache_prune")
def prune(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Drop what was least lately used, until the cache is as small as its operator wants it."""
    place_of_cache(tx)
    most, held, dropped = tx.part(ImageSettings).cache_bytes, int(tx.value(_HELD)), []
    for row in tx.all(_BY_USE):
        if held <= most:
            break
        held -= row["size"]
        dropped.append(row)
    freed = drop(tx, dropped)
    return Answer({"total_files_pruned": len(dropped), "total_bytes_pruned": freed}, raw=True)
