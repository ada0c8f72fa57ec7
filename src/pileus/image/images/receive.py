"""Take in a stream of bytes: inspected as it goes by, cut into chunks, written down before anybody may collect them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

from pileus.chunks import ChunkStores, Stored, StoreFull, Unreachable, Upload
from pileus.image.inspection import Finding, Inspector
from pileus.image.settings import ImageSettings
from pileus.image.stores import chosen
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, TooLarge, Unavailable, Unsupported
from pileus.kernel.request import Stream

BATCH = 1 << 20
"""Bytes handed to a thread at a time."""

BYTES = "application/octet-stream"

NO_ROOM = "There is no room left for the image's bytes."
NO_ANSWER = "The image's store does not answer at present; please try again."
UNREADABLE = "The image's bytes cannot be read at present."


class Given(NamedTuple):
    """What a caller says of the bytes to come: into which store, and how many if that is known."""

    store: str
    promised: int | None


def given(stream: Stream, who: Caller) -> Given:
    """What the headers say; raises Unsupported, Invalid."""
    if who.media != BYTES:
        raise Unsupported(f"The request body must be of type {BYTES}.")
    headers = stream.request.headers
    return Given(chosen(stream.store, headers.get("x-image-meta-store")), promised_size(headers))


def promised_size(headers: Mapping[str, str]) -> int | None:
    """How many bytes the caller says will come; raises Invalid."""
    promised = headers.get("x-openstack-image-size")
    if promised is not None and not (promised.isascii() and promised.isdecimal() and len(promised) < 19):
        raise Invalid("The header x-openstack-image-size must be a number of bytes.")
    return None if promised is None else int(promised)


class Receipt(NamedTuple):
    """Bytes that came: how they lie in their store, and what they are."""

    store: str
    stored: Stored
    found: Finding


async def write(stream: Stream, who: Caller, rule: Any, *args: Any) -> Any:
    """Run a rule in a transaction of its own."""

    def work() -> Any:
        return stream.store.write(rule, *args, who=who)

    return await stream.thread(work, pool="writes")


async def take_in(
    stream: Stream, who: Caller, given: Given, look: Callable[[Inspector], Finding], keep: Callable[..., Any]
) -> None:
    """The body into chunks; `look` says what they are or refuses them, the rule `keep(tx, receipt)` writes them down.

    Only then are the chunks let go of: until the row is there nothing but the upload keeps them.
    """
    try:
        taking: Upload = await stream.thread(stream.store.part(ChunkStores)[given.store].upload)
        try:
            inspector = Inspector()
            await _take(stream, taking, inspector)
            if given.promised not in (None, inspector.size):
                raise Invalid(f"{given.promised} bytes were promised, {inspector.size} came.")
            found = look(inspector)
            stored = await stream.thread(taking.finish)
            await write(stream, who, keep, Receipt(given.store, stored, found))
        finally:
            await stream.thread(taking.close)
    except StoreFull as error:
        raise TooLarge(NO_ROOM, str(error)) from error
    except Unreachable as error:
        raise Unavailable(NO_ANSWER, str(error)) from error


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
