"""The chunk stores as an operator sees them: what they hold, what can be given back, what is damaged.

Not a published API: `pileus chunks` speaks it to a running cloud. Long work answers with lines of JSON as it goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import msgspec

from pileus.chunks import ChunkError, ChunkStores, Freed, Scrubbed, concerns, scrub
from pileus.image.api import image
from pileus.image.chunks.live import kept_manifests
from pileus.image.images.table import WITH_BYTES, images
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Store, Tx

LINES = "application/x-ndjson"
PATIENCE = 10.0
"""Seconds without a line after which an empty one is sent, so that nobody thinks the answer lost."""


def one_store(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The store a path names; raises Missing."""
    if path["store"] not in tx.part(ChunkStores):
        raise Missing(f"There is no store {path['store']}.")
    return {"store": path["store"]}


@image.route("GET /chunks/{store}", Nothing, rule="pileus_chunks", of=one_store, pool="heavy")
def stats(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """What a store holds."""
    return Answer(counted(tx.part(ChunkStores), target["store"]), raw=True)


@image.route("POST /chunks/{store}/gc", Nothing, rule="pileus_chunks", of=one_store, stream=True)
async def gc(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Give back what nobody needs, now and not only when it is time."""
    await _tell(stream, told(target["store"], collected(stream.store, target["store"])))


@image.route("POST /chunks/{store}/scrub", Nothing, rule="pileus_chunks", of=one_store, stream=True)
async def scrubbing(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Read every chunk, put back what is damaged, and name the images that something is lost of."""
    await _tell(stream, told(target["store"], scrubbed(stream.store, target["store"])))


async def _tell(stream: Stream, lines: Iterator[Mapping[str, Any]]) -> None:
    await stream.head(200, [("content-type", LINES)])
    done = False
    while not done:
        reading = asyncio.ensure_future(stream.thread(next, lines, None))
        while not (await asyncio.wait([reading], timeout=PATIENCE))[0]:
            await stream.send(b"\n")
        line = await reading
        done = line is None
        await stream.send(b"" if done else msgspec.json.encode(line) + b"\n", more=not done)


# ── the same without a request, for a cloud that does not run ────────────────────────────────────────────


def told(name: str, lines: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """These lines, and one that says what the store could not do."""
    try:
        yield from lines
    except ChunkError as error:
        yield {"store": name, "failed": str(error)}


def counted(stores: ChunkStores, name: str) -> dict[str, Any]:
    """What the store of a name holds, in bytes and numbers."""
    return {"store": name, **asdict(stores[name].stats())}


def collect(store: Store, name: str) -> Freed:
    """Give back what nobody needs in the store of a name; every collection comes this way. Raises ChunkError."""
    return store.part(ChunkStores)[name].gc(partial(kept_manifests, store, name))


def collected(store: Store, name: str) -> Iterator[dict[str, Any]]:
    """Collect in the store of a name; one line."""
    freed = collect(store, name)
    yield {"store": name, "freed_packs": freed.packs, "freed_bytes": freed.bytes}


def scrubbed(store: Store, name: str) -> Iterator[dict[str, Any]]:
    """Scrub the store of a name: a line for each pack, and a last one with the images that lost something."""
    found = Scrubbed()
    for found in scrub(store.part(ChunkStores), name):
        yield {"store": name, "bytes": found.bytes, "damaged": found.damaged, "mended": found.mended}
    whole = {"store": name, "bytes": found.bytes, "damaged": found.damaged, "mended": found.mended}
    yield {**whole, "lost": len(found.lost), "images": losers(store, name, frozenset(found.lost))}


def losers(store: Store, name: str, lost: frozenset[str]) -> list[dict[str, Any]]:
    """The images in a store that are made of lost chunks, also in part."""
    if not lost:
        return []
    stores = store.part(ChunkStores)
    rows = store.read(lambda tx: tx.all(WITH_BYTES.add_columns(images.c.id, images.c.name, images.c.owner)))
    return [
        {"id": row["id"], "name": row["name"], "owner": row["owner"]}
        for row in rows
        if name in (row["stores"] or [stores.default])
        and any(each and concerns(stores[name], each, lost) for each in (row["manifest"], row["plain_manifest"]))
    ]
