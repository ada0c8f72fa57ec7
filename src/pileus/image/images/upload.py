"""Take in an image's bytes: a stream, inspected as it goes by, cut into chunks, visible only when durable.

The image is *saving* from the first byte on.  Whatever goes wrong, the bytes are given back and the image waits for
others.  The chunks stay safe from collection until the row that names them is written: only then the upload is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pileus.image import quotas
from pileus.image.api import image, no_such
from pileus.image.images.receive import Receipt, given, take_in, write
from pileus.image.images.rules import one_image
from pileus.image.images.table import image_row, images
from pileus.image.inspection import Danger, Finding, Inspector
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.clock import Node
from pileus.kernel.errors import Conflict, Gone, Invalid, Unsupported
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing
from pileus.kernel.store import Row, Tx

SELF_TOLD = frozenset({"qcow2", "vmdk", "vdi", "vhd", "vhdx", "iso"})
"""Formats that every image of theirs shows."""


@image.route("PUT /images/{image_id}/file", Nothing, rule="upload_image", of=one_image, code=204, stream=True)
async def upload(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take in an image's bytes; an image whose upload fails is as it was before."""
    told = given(stream, who)
    begun: Row = await write(stream, who, begin, target["id"])
    try:
        look = partial(finding, claims=begun, settings=stream.store.part(ImageSettings))
        await take_in(stream, who, told, look, partial(activate, begun=begun))
    except BaseException:
        await write(stream, who, give_up, begun)
        raise


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def begin(tx: Tx, image_id: str) -> Row:
    """From queued to saving; raises Conflict where the image has bytes, or is being given some."""
    row = waiting(tx, image_id, "saving")
    if not row["disk_format"] or not row["container_format"]:
        raise Invalid("Properties disk_format, container_format must be set prior to saving data.")
    quotas.check_sizes(tx, row["owner"])
    quotas.check_uploading(tx, row["owner"])
    return tx.change(images, row, status="saving", node=tx.part(Node).name, updated_at=tx.now)


def waiting(tx: Tx, image_id: str, then: str) -> Row:
    """An image that waits for bytes; raises Conflict."""
    row = image_row(tx, image_id)
    if row is None:
        raise no_such(image_id)
    if row["status"] != "queued":
        raise Conflict(f"Image status transition from {row['status']} to {then} is not allowed")
    return row


def activate(tx: Tx, receipt: Receipt, begun: Row) -> None:
    """From saving to active: from here on the bytes are visible.  Raises Gone where the image was deleted meanwhile."""
    row = still(tx, begun, "saving")
    if row is None:
        raise Gone(f"Image {begun['id']} could not be found after upload. It may have been deleted during the upload.")
    stored = receipt.stored
    virtual_size = receipt.found.virtual_size
    tx.change(
        images,
        row,
        expect={"status": "saving"},
        status="active",
        size=stored.size,
        virtual_size=stored.size if virtual_size is None else virtual_size,
        checksum=stored.md5,
        os_hash_algo="sha512",
        os_hash_value=stored.sha512,
        manifest=stored.manifest,
        stores=[receipt.store],
        copies=1,
        updated_at=tx.now,
    )


def give_up(tx: Tx, begun: Row) -> None:
    """Back to queued, if the image still waits for the bytes that were on their way."""
    row = still(tx, begun, begun["status"])
    if row is not None:
        tx.change(images, row, status="queued", updated_at=tx.now)


def still(tx: Tx, begun: Row, status: str) -> Row | None:
    """The image in that status, unless it was deleted (and perhaps made anew under the same identifier)."""
    row = image_row(tx, begun["id"])
    same = row is not None and row["created_at"] == begun["created_at"]
    return row if row is not None and same and row["status"] == status else None


def finding(inspector: Inspector, claims: Mapping[str, Any], settings: ImageSettings) -> Finding:
    """What the bytes are, which must be what the image claims; raises Unsupported."""
    try:
        found = inspector.finding()
    except Danger as danger:
        raise Unsupported(str(danger)) from danger
    claimed = claims["disk_format"]
    if settings.enforce_format and claims["container_format"] == "bare" and not fits(found.format, claimed):
        raise Unsupported(f"Image content did not match the disk_format: it is {found.told}, not {claimed}.")
    return found


def fits(format: str, claimed: str) -> bool:
    """Whether bytes of a format may be called that; what shows no format may be anything that shows none."""
    return format == claimed or (format == "raw" and claimed not in SELF_TOLD)
