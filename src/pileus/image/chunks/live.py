"""What a collection of chunks must keep: every manifest that an image, an import or a push names."""

from __future__ import annotations

from collections.abc import Iterable

from pileus.chunks import ChunkStores
from pileus.image import cache
from pileus.image.images.table import WITH_BYTES
from pileus.image.pushes.table import LIVE_PARTS
from pileus.image.settings import ImageSettings
from pileus.kernel.store import Store


def live_manifests(store: Store, name: str) -> Iterable[str]:
    """Every manifest an image names in the chunk store of a name: what a collection there must keep."""
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
