"""Routes of pushes: begin or go on, ask what is missing, send it, have the image made of it, give up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.chunks import Damaged, StoreFull, Unreachable, unpack
from pileus.image.api import image
from pileus.image.images.receive import BYTES, NO_ANSWER, NO_ROOM
from pileus.image.images.rules import one_image
from pileus.image.pushes import rules
from pileus.image.pushes.shape import Commit, Push, Question
from pileus.image.pushes.table import store_of
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, TooLarge, Unavailable, Unsupported
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Store, Tx

PART_MOST = 32 << 20
"""Bytes of records sent at once."""

UNPACKED_MOST = 64 << 20
"""Bytes of their chunks."""


@image.route("POST /images/{image_id}/push", Push, "create", rule="upload_image", of=one_image, view="show", code=201)
def begin(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Push) -> Mapping[str, Any]:
    """Begin to push an image, or go on with an interrupted push."""
    return rules.open_push(tx, who, target, asked)


@image.route("GET /images/{image_id}/push", Push, "show", rule="upload_image", of=one_image)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Mapping[str, Any]:
    """How far a push is; there is none any more once its image is active."""
    return rules.this_push(tx, target)


@image.route(
    "POST /images/{image_id}/push/missing",
    Question,
    "ask",
    rule="upload_image",
    of=one_image,
    view="show",
    writes=False,
    pool="heavy",
    most=1 << 20,
)
def ask(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Question) -> dict[str, Any]:
    """Which chunks must be sent: all but those of images the caller may read, and those sent before."""
    return {"missing": rules.missing(tx, who, target, asked)}


@image.route("PUT /images/{image_id}/push/parts", Nothing, rule="upload_image", of=one_image, code=204, stream=True)
async def send(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take in chunks, each in a record with its address; all of them, or none."""
    if who.media != BYTES:
        raise Unsupported(f"The request body must be of type {BYTES}.")
    content = await stream.whole(PART_MOST)
    await stream.thread(_keep, stream.store, who, target, content)


def _keep(store: Store, who: Caller, target: Mapping[str, Any], content: bytes) -> None:
    """Keep the chunks as an object of their own, and write it down."""
    try:
        chunks = unpack(content, UNPACKED_MOST)
        size = sum(map(len, chunks))
        push = store.read(rules.awaiting, target, size)
        with store_of(store, push).parcel() as parcel:
            parcel.add(chunks)
            store.write(rules.add_part, target, push["store"], parcel.finish(), size=size, who=who)
    except Damaged as error:
        raise Invalid("The body is not made of whole chunks, each with its address.", str(error)) from error
    except StoreFull as error:
        raise TooLarge(NO_ROOM, str(error)) from error
    except Unreachable as error:
        raise Unavailable(NO_ANSWER, str(error)) from error


@image.route(
    "POST /images/{image_id}/push/commit",
    Commit,
    "commit",
    rule="upload_image",
    of=one_image,
    code=202,
)
def commit(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Commit) -> Answer:
    """Have the chunks checked, and the image made of them."""
    return Answer(rules.commit(tx, who, target, asked), kind=Push, view="show")


@image.route("DELETE /images/{image_id}/push", Nothing, rule="upload_image", of=one_image, code=204)
def end(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Give a push up; what was sent is forgotten."""
    rules.end_push(tx, target)
