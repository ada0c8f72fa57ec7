"""Images that other services of the cloud make of disks they have: queued, saving, active, without any upload.

Their bytes come as chunks, and only those that are new are ever looked at.  So nobody has computed the digests of the
whole, and `checksum` and `os_hash_value` stay empty, as they do for an image that is only a location; each chunk
carries its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pileus.chunks import ChunkStores
from pileus.image import quotas
from pileus.image.api import no_such
from pileus.image.images.rules import check_extras
from pileus.image.images.table import image_row, images
from pileus.image.inspection import Danger
from pileus.image.inspection.inspector import inspect
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.clock import Node
from pileus.kernel.errors import Conflict, Gone, Unsupported
from pileus.kernel.store import Row, Tx


class Disk(NamedTuple):
    """A whole disk in a chunk store, and what lies at its ends."""

    store: str
    manifest: str
    size: int
    head: bytes
    tail: bytes


def begin_snapshot(tx: Tx, who: Caller, name: str, properties: Mapping[str, str], **least: int) -> Row:
    """A private image of the caller's that waits for a disk; `least` is `min_disk` (GiB) and `min_ram` (MiB).

    Raises OverQuota, and what the properties are refused for.
    """
    quotas.check(tx, who.project_id, "image_count_total", 1)
    quotas.check_uploading(tx, who.project_id)
    quotas.check_sizes(tx, who.project_id)
    return tx.insert(
        images,
        name=name,
        owner=who.project_id,
        visibility="private",
        disk_format="raw",
        container_format="bare",
        tags=[],
        extras=check_extras(tx, properties),
        updated_at=tx.now,
        **least,
    )


def room_for_snapshot(tx: Tx) -> tuple[str, int]:
    """The store that it is to come to, and how large it may be."""
    return tx.part(ChunkStores).default, tx.part(ImageSettings).most_bytes


def snapshot_comes(tx: Tx, image_id: str) -> None:
    """The disk begins to come; raises Missing where the image was deleted, Conflict where it has bytes by now."""
    row = image_row(tx, image_id)
    if row is None:
        raise no_such(image_id)
    if row["status"] != "queued":
        raise Conflict(f"Image {image_id} does not wait for a snapshot: it is {row['status']}.")
    tx.change(images, row, status="saving", node=tx.part(Node).name, updated_at=tx.now)


def keep_snapshot(tx: Tx, image_id: str, disk: Disk) -> None:
    """The disk is there; raises Gone where the image was deleted meanwhile, Unsupported for what is no plain disk."""
    row = image_row(tx, image_id)
    if row is None or row["status"] != "saving":
        raise Gone(f"Image {image_id} was deleted, or given other bytes, before the snapshot had come.")
    _check_plain(disk)
    tx.change(
        images,
        row,
        expect={"status": "saving"},
        status="active",
        size=disk.size,
        virtual_size=disk.size,
        manifest=disk.manifest,
        stores=[disk.store],
        copies=1,
        updated_at=tx.now,
    )


def _check_plain(disk: Disk) -> None:
    """A guest writes what it likes at its disk's beginning, and so may make it look like another format."""
    try:
        found = inspect(disk.head, disk.tail).format
    except Danger as danger:
        raise Unsupported(str(danger)) from danger
    if found != "raw":
        raise Unsupported(f"The server's disk would be taken for an image in the format {found}.")


def snapshot_waits(tx: Tx, image_id: str) -> None:
    """What was to come did not; it may come again."""
    row = image_row(tx, image_id)
    if row is not None and row["status"] == "saving":
        tx.change(images, row, status="queued", updated_at=tx.now)


def drop_snapshot(tx: Tx, image_id: str) -> None:
    """Nothing will come: the image goes, unless it has bytes."""
    row = image_row(tx, image_id)
    if row is not None and row["status"] in ("queued", "saving"):
        tx.remove(images, row)


def has_come(tx: Tx, image_id: str) -> bool:
    """Whether it has its bytes; raises Gone where it was deleted."""
    row = image_row(tx, image_id)
    if row is None:
        raise Gone(f"Image {image_id} was deleted.")
    return row["status"] not in ("queued", "saving")
