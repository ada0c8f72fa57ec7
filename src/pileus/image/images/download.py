"""Give an image's bytes out, whole or in part: one batch is read while the one before it is sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pileus.chunks import ChunkError, ChunkStores, Together
from pileus.image.api import image, rules_all
from pileus.image.cache import read_from
from pileus.image.images.receive import BYTES, UNREADABLE, write
from pileus.image.images.rules import one_image
from pileus.image.settings import ImageSettings
from pileus.image.stores import named
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid, Unavailable
from pileus.kernel.request import Stream
from pileus.kernel.resource import UNSET, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Store


class Wanted(Resource):
    """Where bytes are best read from."""

    prefer: str = given("show", default=UNSET)


@image.route(
    "GET /images/{image_id}/file",
    Wanted,
    "show",
    rule="download_image",
    of=one_image,
    stream=True,
    also=(204, 206, 416),
)
async def download(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Wanted) -> Answer | None:
    """An image's bytes, whole or the part a Range header asks for; none while the image has none."""
    if target["status"] == "deactivated" and not rules_all(who):
        raise Forbidden("The requested image has been deactivated. Image data download is forbidden.")
    if target["manifest"] is None and target["locations"]:
        raise Unavailable("The image's bytes are still on their way here from their location.")
    if target["manifest"] is None:
        return Answer(code=204)
    part = part_of(stream.request.headers.get("range"), target["size"])
    batches = (await _source(stream, who, target, asked)).read(target["manifest"], part.start, part.length)
    try:
        first = await stream.thread(next, batches, b"")
    except ChunkError as error:
        raise Unavailable(UNREADABLE, str(error)) from error
    await stream.head(part.code, [*_headers(part, target), ("x-openstack-request-id", who.request_id)])
    if stream.request.method == "HEAD":
        await stream.send(b"", more=False)
    else:
        await _send(stream, first, batches)
    return None


async def _source(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Wanted) -> Together:
    """What the bytes are read from: the cache, the stores that are preferred, then the others that have them."""
    known = stream.store.part(ChunkStores)
    first = preferred(stream.store, who, target, asked)
    if stream.store.part(ImageSettings).cache_store:
        near = await write(stream, who, read_from, target["id"])
        first = [near, *first] if near else first
    return known.in_turn([*first, *(target["stores"] or [known.default])])


def preferred(store: Store, who: Caller, target: Mapping[str, Any], asked: Wanted) -> list[str]:
    """The stores a caller would rather have the bytes from, those of them that have them; raises Invalid, Forbidden."""
    if asked.prefer is UNSET:
        return []
    if not who.may("download_from_store", target):
        raise Forbidden("Policy doesn't allow download_from_store to be performed.")
    names = asked.prefer.split(",")
    unknown = [name for name in names if name not in named(store)]
    if unknown:
        raise Invalid(f"There is no store {unknown[0][:64]!r}.")
    return [name for name in names if name in (target["stores"] or ())]


async def _send(stream: Stream, batch: bytes, batches: Iterator[bytes]) -> None:
    """All batches, unless the caller goes away."""
    gone = asyncio.ensure_future(stream.away())
    try:
        while batch and not gone.done():
            reading = asyncio.ensure_future(stream.thread(next, batches, b""))
            await stream.send(batch)
            batch = await reading
        await stream.send(b"", more=False)
    finally:
        gone.cancel()


class Part(NamedTuple):
    """A part of an image's bytes."""

    start: int
    length: int
    is_whole: bool = False

    @property
    def code(self) -> int:
        """The status it is answered with."""
        return 200 if self.is_whole else 206


def _headers(part: Part, target: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [("content-type", BYTES), ("content-length", str(part.length)), ("accept-ranges", "bytes")]
    if part.is_whole:
        return [*found, *([("content-md5", target["checksum"])] if target["checksum"] else [])]
    last = part.start + part.length - 1
    return [*found, ("content-range", f"bytes {part.start}-{last}/{target['size']}")]


_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")


def part_of(asked: str | None, size: int) -> Part:
    """The part a Range header asks for; raises Invalid for several parts, BadRange for one that is not there."""
    if asked is None:
        return Part(0, size, is_whole=True)
    if "," in asked:
        raise Invalid("Requests with multiple ranges are not supported.")
    match = _RANGE.match(asked.replace(" ", ""))
    first, last = (match[1], match[2]) if match else ("", "")
    start = int(first) if first else max(0, size - int(last or 0))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        raise BadRange(f"The range {asked[:60]!r} cannot be satisfied: the image has {size} bytes.")
    return Part(start, end - start + 1)


class BadRange(Invalid):
    """A part that the image does not have."""

    code = 416
