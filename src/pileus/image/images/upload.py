"""Take in an image's bytes: a stream, inspected as it goes by, cut into chunks, visible only when durable.

The image is *saving* from the first byte on.  Whatever goes wrong, the bytes are given back and the image waits for
others.  The chunks stay safe from collection until the row that names them is written: only then the upload is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

from pileus.chunks import ChunkStores, Stored, StoreFull, Unreachable, Upload
from pileus.image.api import image, no_such
from pileus.image.images.rules import one_image
from pileus.image.images.table import image_row, images
from pileus.image.inspection import Danger, Finding, Inspector
from pileus.image.settings import ImageSettings
from pileus.image.stores import chosen
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Gone, Invalid, TooLarge, Unavailable, Unsupported
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing
from pileus.kernel.store import Row, Tx

BATCH = 1 << 20
"""Bytes handed to a thread at a time."""

BYTES = "application/octet-stream"

SELF_TOLD = frozenset({"qcow2", "vmdk", "vdi", "vhd", "vhdx", "iso"})
"""Formats that every image of theirs shows."""


class Given(NamedTuple):
    """What a caller says of the bytes to come: into which store, and how many if that is known."""

    store: str
    promised: int | None


@image.route("PUT /images/{image_id}/file", Nothing, rule="upload_image", of=one_image, code=204, stream=True)
async def upload(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take in an image's bytes; an image whose upload fails is as it was before."""
    if who.media != BYTES:
        raise Unsupported(f"The request body must be of type {BYTES}.")
    headers = stream.request.headers
    promised = promised_size(headers)
    store = chosen(stream.store.part(ChunkStores), headers.get("x-image-meta-store"))
    begun: Row = await _write(stream, who, begin, target["id"])
    try:
        await _keep(stream, who, begun, Given(store, promised))
    except BaseException as error:
        await _write(stream, who, give_up, begun)
        if isinstance(error, StoreFull):
            raise TooLarge("There is no room left for the image's bytes.", str(error)) from error
        if isinstance(error, Unreachable):
            raise Unavailable("The image's store does not answer at present; please try again.", str(error)) from error
        raise


def promised_size(headers: Mapping[str, str]) -> int | None:
    """How many bytes the caller says will come; raises Invalid."""
    promised = headers.get("x-openstack-image-size")
    if promised is not None and not (promised.isascii() and promised.isdecimal() and len(promised) < 19):
        raise Invalid("The header x-openstack-image-size must be a number of bytes.")
    return None if promised is None else int(promised)


async def _write(stream: Stream, who: Caller, rule: Any, *given: Any) -> Any:
    def write() -> Any:
        return stream.store.write(rule, *given, who=who)

    return await stream.thread(write, pool="writes")


async def _keep(stream: Stream, who: Caller, begun: Row, given: Given) -> None:
    """The body into chunks, and the image active; raises what the bytes or the store are refused for."""
    taking: Upload = await stream.thread(stream.store.part(ChunkStores)[given.store].upload)
    try:
        inspector = Inspector()
        await _take(stream, taking, inspector)
        if given.promised not in (None, inspector.size):
            raise Invalid(f"{given.promised} bytes were promised, {inspector.size} came.")
        found = finding(inspector, begun, stream.store.part(ImageSettings))
        stored = await stream.thread(taking.finish)
        await _write(stream, who, activate, begun, stored, found, given.store)
    finally:
        await stream.thread(taking.close)


async def _take(stream: Stream, taking: Upload, inspector: Inspector) -> None:
    """All of the body; one batch is cut and hashed while the next one arrives.  Raises TooLarge."""
    most, size = stream.store.part(ImageSettings).most_bytes, 0
    working: asyncio.Future[None] | None = None
    try:
        async for pieces, length in _batches(stream):
            size += length
            if size > most:
                raise TooLarge(f"The image is larger than {most} bytes.")
            if working is not None:
                await working
            working = asyncio.ensure_future(stream.thread(_put, taking, inspector, pieces))
    finally:
        if working is not None:
            await working


async def _batches(stream: Stream) -> AsyncIterator[tuple[list[bytes], int]]:
    """The body's pieces in groups of about `BATCH` bytes."""
    group: list[bytes] = []
    held = 0
    async for piece in stream.pieces():
        group.append(piece)
        held += len(piece)
        if held >= BATCH:
            yield group, held
            group, held = [], 0
    if group:
        yield group, held


def _put(taking: Upload, inspector: Inspector, pieces: list[bytes]) -> None:
    batch = b"".join(pieces)
    inspector.feed(batch)
    taking.write(batch)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def begin(tx: Tx, image_id: str) -> Row:
    """From queued to saving; raises Conflict where the image has bytes, or is being given some."""
    row = image_row(tx, image_id)
    if row is None:
        raise no_such(image_id)
    if row["status"] != "queued":
        raise Conflict(f"Image status transition from {row['status']} to saving is not allowed")
    if not row["disk_format"] or not row["container_format"]:
        raise Invalid("Properties disk_format, container_format must be set prior to saving data.")
    return tx.change(images, row, status="saving", updated_at=tx.now)


def activate(tx: Tx, begun: Row, stored: Stored, found: Finding, store: str) -> None:
    """From saving to active: from here on the bytes are visible.  Raises Gone where the image was deleted meanwhile."""
    row = _still_saving(tx, begun)
    if row is None:
        raise Gone(f"Image {begun['id']} could not be found after upload. It may have been deleted during the upload.")
    tx.change(
        images,
        row,
        expect={"status": "saving"},
        status="active",
        size=stored.size,
        virtual_size=stored.size if found.virtual_size is None else found.virtual_size,
        checksum=stored.md5,
        os_hash_algo="sha512",
        os_hash_value=stored.sha512,
        manifest=stored.manifest,
        stores=[store],
        updated_at=tx.now,
    )


def give_up(tx: Tx, begun: Row) -> None:
    """Back to queued, if the image still waits for the bytes of this upload."""
    row = _still_saving(tx, begun)
    if row is not None:
        tx.change(images, row, status="queued", updated_at=tx.now)


def _still_saving(tx: Tx, begun: Row) -> Row | None:
    """The image, unless it was deleted (and perhaps made anew under the same identifier)."""
    row = image_row(tx, begun["id"])
    same = row is not None and row["created_at"] == begun["created_at"]
    return row if row is not None and same and row["status"] == "saving" else None


def finding(inspector: Inspector, claims: Mapping[str, Any], settings: ImageSettings) -> Finding:
    """What the bytes are, which must be what the image claims; raises Unsupported."""
    try:
        found = inspector.finding()
    except Danger as danger:
        raise Unsupported(str(danger)) from danger
    claimed = claims["disk_format"]
    if settings.enforce_format and claims["container_format"] == "bare" and not _fits(found.format, claimed):
        raise Unsupported(f"Image content did not match the disk_format: it is {found.format}, not {claimed}.")
    return found


def _fits(format: str, claimed: str) -> bool:
    return format == claimed or (format == "raw" and claimed not in SELF_TOLD)
