"""An image's bytes: taken in as a stream, cut into chunks, visible only when durable; given out whole or in part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pileus.chunks import ChunkStore, Stored, StoreFull, Upload
from pileus.image.api import image, no_such
from pileus.image.images.rules import one_image
from pileus.image.images.table import image_row, images
from pileus.image.inspection import HEAD, Danger, Finding, inspect
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid, TooLarge, Unsupported
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

BATCH = 1 << 20
"""Bytes handed to a thread at a time."""

BYTES = "application/octet-stream"
SELF_TOLD = frozenset({"qcow2", "vmdk", "vdi", "vhd", "vhdx", "iso"})
"""Formats whose first bytes tell them; bytes that tell one of them may not be claimed to be another."""


# ── taking in ────────────────────────────────────────────────────────────────────────────────────────────


@image.route("PUT /images/{image_id}/file", Nothing, rule="upload_image", of=one_image, code=204, stream=True)
async def upload(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take in an image's bytes; an image whose upload fails is as it was before."""
    if who.media != BYTES:
        raise Unsupported(f"The request body must be of type {BYTES}.")
    store, image_id = stream.store, target["id"]
    await stream.thread(_write, stream, who, begin, image_id, pool="writes")
    taking: Upload = await stream.thread(store.part(ChunkStore).upload)  # type: ignore[type-abstract]
    try:
        stored, found = await _take(stream, taking)
        check_format(store.part(ImageSettings), target, found)
        await stream.thread(_write, stream, who, activate, image_id, stored, found, pool="writes")
    except StoreFull as error:
        await stream.thread(_write, stream, who, give_up, image_id, pool="writes")
        raise TooLarge("There is no room left for the image's bytes.") from error
    except BaseException:
        await stream.thread(_write, stream, who, give_up, image_id, pool="writes")
        raise
    finally:
        await stream.thread(taking.close)


def _write(stream: Stream, who: Caller, rule: Any, *given: Any) -> Any:
    return stream.store.write(rule, *given, who=who)


async def _take(stream: Stream, taking: Upload) -> tuple[Stored, Finding]:
    """All of the body into chunks, in batches; raises TooLarge, Invalid (a danger in it) and StoreFull."""
    most = stream.store.part(ImageSettings).most_bytes
    head, waiting, held, size = bytearray(), [], 0, 0
    async for piece in stream.pieces():
        size += len(piece)
        if size > most:
            raise TooLarge(f"The image is larger than {most} bytes.")
        head += piece[: max(0, HEAD - len(head))]
        waiting.append(piece)
        held += len(piece)
        if held >= BATCH:
            await stream.thread(taking.write, b"".join(waiting))
            waiting, held = [], 0
    if waiting:
        await stream.thread(taking.write, b"".join(waiting))
    try:
        found = inspect(bytes(head))
    except Danger as danger:
        raise Unsupported(str(danger)) from danger
    return await stream.thread(taking.finish), found


def begin(tx: Tx, image_id: str) -> None:
    """From queued to saving; raises Conflict where the image has bytes, or is being given some."""
    row = image_row(tx, image_id)
    if row is None:
        raise no_such(image_id)
    if row["status"] != "queued":
        raise Conflict(f"Image status transition from {row['status']} to saving is not allowed")
    if not row["disk_format"] or not row["container_format"]:
        raise Invalid("Properties disk_format, container_format must be set prior to saving data.")
    tx.change(images, row, status="saving", updated_at=tx.now)


def activate(tx: Tx, image_id: str, stored: Stored, found: Finding) -> None:
    """From saving to active: from here on the bytes are visible."""
    row = image_row(tx, image_id)
    if row is None:
        raise no_such(image_id)
    tx.change(
        images,
        row,
        expect={"status": "saving"},
        status="active",
        size=stored.size,
        virtual_size=found.virtual_size if found.format != "raw" else stored.size,
        checksum=stored.md5,
        os_hash_algo="sha512",
        os_hash_value=stored.sha512,
        manifest=stored.manifest,
        updated_at=tx.now,
    )


def give_up(tx: Tx, image_id: str) -> None:
    """Back to queued, if the image is still there."""
    row = image_row(tx, image_id)
    if row is not None and row["status"] == "saving":
        tx.change(images, row, status="queued", updated_at=tx.now)


def check_format(settings: ImageSettings, target: Mapping[str, Any], found: Finding) -> None:
    """Bytes must be what the image claims they are; raises Unsupported."""
    if not settings.enforce_format or target["container_format"] != "bare":
        return
    claimed = target["disk_format"]
    if found.format == claimed or (found.format == "raw" and claimed not in SELF_TOLD):
        return
    raise Unsupported(f"Image content did not match the disk_format: it is {found.format}, not {claimed}.")


# ── giving out ───────────────────────────────────────────────────────────────────────────────────────────

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


@image.route("GET /images/{image_id}/file", Nothing, rule="download_image", of=one_image, stream=True)
async def download(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer | None:
    """An image's bytes, whole or the part a Range header asks for."""
    if target["status"] == "deactivated" and not who.is_admin:
        raise Forbidden("The requested image has been deactivated. Image data download is forbidden.")
    if target["manifest"] is None:
        return Answer(code=204)
    start, length, code = _part(stream.request.headers.get("range", ""), target["size"])
    headers = [("content-type", BYTES), ("content-length", str(length)), ("accept-ranges", "bytes")]
    if code == 206:
        headers.append(("content-range", f"bytes {start}-{start + length - 1}/{target['size']}"))
    else:
        headers.append(("content-md5", target["checksum"]))
    await stream.head(code, [*headers, ("x-openstack-request-id", who.request_id)])
    chunks: ChunkStore = stream.store.part(ChunkStore)  # type: ignore[type-abstract]
    batches: Iterator[bytes] = chunks.read(target["manifest"], start, length)
    while stream.request.method != "HEAD":
        batch = await stream.thread(next, batches, None)
        if batch is None:
            break
        await stream.send(batch)
    await stream.send(b"", more=False)
    return None


def _part(header: str, size: int) -> tuple[int, int, int]:
    """Where to begin, how many bytes, and the status code; raises what a bad range asks for."""
    match = _RANGE.match(header.replace(" ", ""))
    if not header or match is None or match[0] == "bytes=-":
        return 0, size, 200
    first, last = match[1], match[2]
    if not first:
        length = min(int(last), size)
        return size - length, length, 206
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if start >= size or end < start:
        raise BadRange("The requested range cannot be satisfied.")
    return start, end - start + 1, 206


class BadRange(Invalid):
    """A part that the image does not have."""

    code = 416
