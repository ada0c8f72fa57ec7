"""Images: the disks servers are made from, as the Image API (Glance v2) speaks of them.

The door: `bootable` for whoever makes servers, `live_manifests` for the collection of chunks, `recover` at start,
`forget_idle` now and then, `seed_definitions` for a new cloud.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from pileus.image import cache, chunks, imports, info, members, metadefs, schemas, stores, tasks
from pileus.image.api import image
from pileus.image.chunks.live import live_manifests
from pileus.image.images import download, routes, upload
from pileus.image.images.proxied import image_seen_by, images_seen_by, remove_image, set_properties
from pileus.image.images.snapshots import (
    Disk,
    begin_snapshot,
    drop_snapshot,
    has_come,
    keep_snapshot,
    room_for_snapshot,
    snapshot_comes,
    snapshot_waits,
)
from pileus.image.images.table import image_row, images, member_row
from pileus.image.imports import Jobs, Lent, Scratch
from pileus.image.metadefs import seed_definitions
from pileus.image.protections import Protections, read_protections
from pileus.image.pushes import pull, rules
from pileus.image.pushes import routes as push
from pileus.image.pushes.table import PUSHED
from pileus.image.quotas import LIMITS
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.clock import Node
from pileus.kernel.errors import Invalid
from pileus.kernel.store import Tx

__all__ = [
    "LIMITS",
    "Disk",
    "ImageSettings",
    "Jobs",
    "Lent",
    "Protections",
    "Scratch",
    "begin_snapshot",
    "bootable",
    "cache",
    "chunks",
    "download",
    "drop_snapshot",
    "forget_idle",
    "has_come",
    "image",
    "image_seen_by",
    "images_seen_by",
    "imports",
    "info",
    "keep_snapshot",
    "live_manifests",
    "members",
    "metadefs",
    "pull",
    "push",
    "read_protections",
    "recover",
    "remove_image",
    "room_for_snapshot",
    "routes",
    "schemas",
    "seed_definitions",
    "set_properties",
    "snapshot_comes",
    "snapshot_waits",
    "stores",
    "tasks",
    "upload",
]

_ON_THEIR_WAY = select(images).where(
    images.c.id.not_in(PUSHED),
    images.c.node == bindparam("node"),
    or_(images.c.status == "saving", and_(images.c.status == "uploading", images.c.staged_size.is_(None))),
)


def bootable(tx: Tx, who: Caller, image_id: str) -> dict[str, Any]:
    """An image as a new server keeps it, with the kernel and ramdisk it names; raises Invalid.

    `id`, `disk_format`, `size`, `virtual_size`, `manifest`, `min_disk`, `min_ram`, `plain_manifest` and `plain_size`
    (of the same disk unpacked, or None), and every additional property.
    """
    found = _active(tx, who, image_id)
    kernel, ramdisk = found.get("kernel_id"), found.get("ramdisk_id")
    if kernel:
        found["kernel"] = _active(tx, who, kernel)
    if ramdisk:
        found["ramdisk"] = _active(tx, who, ramdisk)
    return found


_PLAIN = ("plain_manifest", "plain_size")


def _active(tx: Tx, who: Caller, image_id: str) -> dict[str, Any]:
    row = image_row(tx, image_id.lower())
    mine = member_row(tx, image_id, who.project_id) if row is not None and row["visibility"] == "shared" else None
    seen = row is not None and (
        who.is_admin
        or mine is not None
        or row["owner"] == who.project_id
        or row["visibility"] in ("public", "community")
    )
    if row is None or not seen:
        raise Invalid(f"Can not find requested image: {image_id}")
    if row["status"] != "active" or row["manifest"] is None:
        raise Invalid(f"Image {image_id} is not active.")
    names = ("id", "disk_format", "size", "virtual_size", "manifest", "min_disk", "min_ram", *_PLAIN)
    return {**row["extras"], **{name: row[name] for name in names}}


def forget_idle(tx: Tx) -> None:
    """Give up what nobody has gone on with for long: tasks that have ended, pushes, staged bytes."""
    tasks.forget_expired(tx)
    rules.forget_idle(tx)
    imports.stage.forget_idle(tx)


def recover(tx: Tx) -> None:
    """Uploads that came through this node when it crashed: their images wait for bytes again."""
    for row in tx.all(_ON_THEIR_WAY, node=tx.part(Node).name):
        upload.give_up(tx, row)
