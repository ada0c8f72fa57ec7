"""Routes of pulls: what an image is made of, and any of its chunks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from pileus.chunks import Absent, ChunkStores, Damaged, Known, Packing, Unreachable
from pileus.image.api import image
from pileus.image.images.receive import BYTES, UNREADABLE
from pileus.image.images.rules import one_image
from pileus.image.pushes.shape import PAGE, ChunkList, Fetch
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Missing, Unavailable
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx


def _readable(who: Caller, target: Mapping[str, Any]) -> str:
    """The manifest of an image whose bytes the caller may have; raises Forbidden, Conflict."""
    if target["status"] == "deactivated" and not who.is_admin:
        raise Forbidden("The requested image has been deactivated. Image data download is forbidden.")
    if target["manifest"] is None:
        raise Conflict(f"Image {target['id']} has no bytes.")
    return str(target["manifest"])


@image.route(
    "GET /images/{image_id}/chunks", ChunkList, "list", rule="download_image", of=one_image, view="show", pool="heavy"
)
def chunks(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ChunkList) -> Answer:
    """What an image is made of, from an offset on; `next` is where to go on."""
    name, source = _readable(who, target), tx.part(ChunkStores).among(target["stores"])
    try:
        found = list(islice(source.entries(name, asked.offset), PAGE))
    except (Absent, Damaged, Unreachable) as error:
        raise Unavailable(UNREADABLE, str(error)) from error
    end = found[-1][0] + found[-1][1].length if found else target["size"]
    told = {
        "manifest": name,
        "size": target["size"],
        "entries": [[entry.length, entry.address] for _, entry in found],
        "next": end if end < target["size"] else None,
    }
    return Answer(told, raw=True)


@image.route(
    "POST /images/{image_id}/chunks",
    Fetch,
    "fetch",
    rule="download_image",
    of=one_image,
    writes=False,
    pool="heavy",
)
def fetch(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Fetch) -> Answer:
    """Chunks of this image, each in a record with its address, in the order asked."""
    name, source = _readable(who, target), tx.part(ChunkStores).among(target["stores"])
    strange = set(asked.addresses) - tx.part(Known).among(source, [name], asked.addresses)
    if strange:
        raise Missing(f"Image {target['id']} has no chunk {min(strange)}.")
    packing = Packing()
    records: list[bytes | memoryview] = []
    try:
        for address, data in zip(asked.addresses, source.chunks(asked.addresses), strict=True):
            records += packing.record(bytes.fromhex(address), data)
    except (Absent, Damaged, Unreachable) as error:
        raise Unavailable(UNREADABLE, str(error)) from error
    return Answer(b"".join(records), raw=True, headers=[("content-type", BYTES)])
