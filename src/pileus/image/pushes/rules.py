"""What may be asked of pushes, and what then becomes of the image."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from pileus.chunks import ChunkStores, Known
from pileus.image import quotas
from pileus.image.images.find import readable
from pileus.image.images.rules import as_target
from pileus.image.images.table import images, member_row
from pileus.image.images.upload import begin, give_up
from pileus.image.pushes.shape import Commit, Push, Question
from pileus.image.pushes.table import IDLE, PARTS, parts, push_row, pushes, store_of
from pileus.image.pushes.work import TakePush
from pileus.image.settings import ImageSettings
from pileus.image.stores import chosen
from pileus.kernel import workflow
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Missing
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Row, Tx

_WITH_CHUNKS = select(images).where(images.c.status == "active", images.c.manifest.is_not(None))


def open_push(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Push) -> Row:
    """Begin a push, or go on with one that was interrupted or refused; raises Conflict where bytes are under way."""
    row = push_row(tx, target["id"])
    if row is None:
        begin(tx, target["id"])
        store = chosen(tx, None if asked.store is UNSET else asked.store)
        return tx.insert(pushes, image_id=target["id"], store=store, updated_at=tx.now)
    if row["state"] == "failed":
        begin(tx, target["id"])
        return tx.change(pushes, row, state="open", because=None, missing=None)
    return row


def this_push(tx: Tx, target: Mapping[str, Any], *, state: str | None = None) -> Row:
    """The push of an image; raises Missing where there is none, Conflict where it is in another state."""
    row = push_row(tx, target["id"])
    if row is None:
        raise Missing(f"Nothing is being pushed to image {target['id']}.")
    if state is not None and row["state"] != state:
        raise Conflict(f"The push to image {target['id']} is {row['state']}.")
    return row


def missing(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Question) -> list[str]:
    """Which chunks must be sent: those of no image the caller may read, and not sent before for this one."""
    push = this_push(tx, target, state="open")
    store = store_of(tx, push)
    sent = [row["manifest"] for row in tx.all(PARTS, image_id=target["id"])]
    there = tx.part(Known).among(store, [*sent, *manifests_of(tx, who, push["store"])], asked.addresses)
    return [address for address in asked.addresses if address not in there]


def manifests_of(tx: Tx, who: Caller, store: str) -> list[str]:
    """The manifests in a store of all images whose bytes the caller may have."""
    found: dict[str, None] = {}
    for row in tx.all(_WITH_CHUNKS.where(readable(who)).order_by(images.c.created_at)):
        mine = member_row(tx, row["id"], who.project_id) if row["visibility"] == "shared" else None
        target = as_target(row, None if mine is None else mine["member_id"])
        if store in (row["stores"] or [tx.part(ChunkStores).default]) and who.may("download_image", target):
            found[row["manifest"]] = None
    return list(found)


def awaiting(tx: Tx, target: Mapping[str, Any], size: int) -> Row:
    """The push of an image, if there is room for a part of so many bytes; raises OverQuota, Missing, Conflict."""
    push = this_push(tx, target, state="open")
    quotas.check_staging(tx, target["owner"], size)
    return push


def add_part(tx: Tx, target: Mapping[str, Any], store: str, manifest: str, *, size: int) -> None:
    """Keep `size` bytes of chunks that were sent; sent twice they are kept once.  Raises OverQuota."""
    push = this_push(tx, target, state="open")
    if tx.one(select(parts).where(parts.c.image_id == target["id"], parts.c.manifest == manifest)) is None:
        quotas.check_staging(tx, target["owner"], size)
        tx.run(insert(parts).values(image_id=target["id"], manifest=manifest, store=store, size=size))
    tx.change(pushes, push, updated_at=tx.now)


def commit(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Commit) -> Row:
    """Have the chunks checked and the image made of them; what the caller may read is what it may read now."""
    push = this_push(tx, target, state="open")
    workflow.begin(tx, TakePush(target["id"], asked.manifest, manifests_of(tx, who, push["store"])))
    return tx.change(pushes, push, state="checking", manifest=asked.manifest, missing=None, because=None)


def end_push(tx: Tx, target: Mapping[str, Any]) -> None:
    """Give a push up: the image waits for other bytes."""
    push = this_push(tx, target)
    if push["state"] == "checking":
        raise Conflict("The image is being made of what was pushed.")
    _forget(tx, push)


def forget_idle(tx: Tx) -> None:
    """Give up pushes nobody has gone on with for long."""
    for push in tx.all(IDLE, before=tx.now - timedelta(days=tx.part(ImageSettings).push_days)):
        _forget(tx, push)


def _forget(tx: Tx, push: Row) -> None:
    tx.run(delete(parts).where(parts.c.image_id == push["image_id"]))
    tx.remove(pushes, push)
    row = tx.find(images, push["image_id"])
    if row is not None:
        give_up(tx, row)
