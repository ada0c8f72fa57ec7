"""Stage an image: its bytes are taken in, and wait to be imported; nobody can have them until then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from pileus.image import quotas
from pileus.image.api import image
from pileus.image.images.receive import Given, Receipt, given, take_in, write
from pileus.image.images.rules import one_image
from pileus.image.images.table import images
from pileus.image.images.upload import give_up, still, waiting
from pileus.image.inspection import Finding, Inspector
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.clock import Node
from pileus.kernel.errors import Gone, Missing
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing
from pileus.kernel.store import Row, Tx


@image.route("PUT /images/{image_id}/stage", Nothing, rule="modify_image", of=one_image, code=204, stream=True)
async def stage(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take in bytes to be imported later; what they are is looked at then."""
    if "glance-direct" not in stream.store.part(ImageSettings).import_methods:
        raise Missing("The resource could not be found.")
    told: Given = given(stream, who)
    begun: Row = await write(stream, who, begin, target["id"])
    try:
        await take_in(stream, who, told, _unlooked, partial(keep, begun=begun))
    except BaseException:
        await write(stream, who, give_up, begun)
        raise


def _unlooked(inspector: Inspector) -> Finding:
    return Finding("raw")


def begin(tx: Tx, image_id: str) -> Row:
    """From queued to uploading; raises Conflict, OverQuota."""
    row = waiting(tx, image_id, "uploading")
    quotas.check_staging(tx, row["owner"])
    quotas.check_uploading(tx, row["owner"])
    return tx.change(images, row, status="uploading", node=tx.part(Node).name, updated_at=tx.now)


def keep(tx: Tx, receipt: Receipt, begun: Row) -> None:
    """The bytes wait; raises Gone where the image was deleted meanwhile."""
    row = still(tx, begun, "uploading")
    if row is None:
        raise Gone(f"Image {begun['id']} could not be found after its bytes were staged.")
    tx.change(images, row, **staged(receipt), updated_at=tx.now)


def staged(receipt: Receipt) -> dict[str, Any]:
    """Bytes that wait, as an image's row has them."""
    values = {**msgspec.to_builtins(receipt.stored), "store": receipt.store}
    return {"staged": values, "staged_size": receipt.stored.size}


UNSTAGED: Mapping[str, Any] = {"staged": None, "staged_size": None}
"""Of an image that has no bytes waiting."""

_IDLE = select(images).where(
    images.c.status == "uploading", images.c.staged_size.is_not(None), images.c.updated_at < bindparam("before")
)


def forget_idle(tx: Tx) -> None:
    """Give back staged bytes that nobody has imported for long: their images wait for others."""
    for row in tx.all(_IDLE, before=tx.now - timedelta(days=tx.part(ImageSettings).stage_days)):
        tx.change(images, row, status="queued", **UNSTAGED, updated_at=tx.now)
