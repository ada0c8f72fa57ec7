"""What a collection of chunks must keep: every manifest that an image, an import or a push names, or a server uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pileus.chunks import Absent, ChunkStore, ChunkStores
from pileus.image import cache
from pileus.image.images.table import WITH_BYTES
from pileus.image.pushes.table import LIVE_PARTS
from pileus.image.settings import ImageSettings
from pileus.kernel.store import Store


@dataclass(frozen=True)
class InUse:
    """Who else uses the bytes of images that may be gone: `manifests` names them, whatever store they are in."""

    manifests: Callable[[Store], Iterable[str]]


def kept_manifests(store: Store, name: str) -> list[str]:
    """What a collection must keep: what images name, and what else is in use as far as it is in this store."""
    named = set(live_manifests(store, name))
    chunks = store.part(ChunkStores)[name]
    left = set(store.part(InUse).manifests(store)) - named
    return [*named, *(each for each in left if _is_listed(chunks, each))]


def _is_listed(chunks: ChunkStore, manifest: str) -> bool:
    try:
        return all(True for _ in chunks.entries(manifest))
    except Absent:
        return False


def live_manifests(store: Store, name: str) -> Iterable[str]:
    """Every manifest that images name in the chunk store of a name."""
    found: set[str] = set()
    if name == store.part(ImageSettings).cache_store:
        return store.read(cache.cached_manifests)
    for row in store.read(lambda tx: tx.all(WITH_BYTES)):
        names = row["stores"] or [store.part(ChunkStores).default]
        if row["manifest"] is not None and name in names:
            found.add(row["manifest"])
        if row["plain_manifest"] is not None and name == names[0]:
            found.add(row["plain_manifest"])
        staged, done = row["staged"], (row["importing"] or {}).get("done", ())
        if staged is not None and (name == staged["store"] or name in done):
            found.add(staged["manifest"])
        elif name in done:
            found.add(row["manifest"])
    found.update(row["manifest"] for row in store.read(lambda tx: tx.all(LIVE_PARTS, store=name)))
    return found
