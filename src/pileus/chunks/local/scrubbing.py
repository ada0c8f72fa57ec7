"""Read every chunk in a folder's packs."""

from __future__ import annotations

from collections.abc import Iterator

from pileus.chunks.errors import Damaged
from pileus.chunks.local.folder import Folder
from pileus.chunks.local.index import Index
from pileus.chunks.packs import Packs, Place
from pileus.chunks.store import Flaw, Inspected


def inspect(folder: Folder, index: Index) -> Iterator[Inspected]:
    """Every sealed pack in turn; one that a collection takes away meanwhile has no flaw."""
    for pack, size in index.sealed_packs():
        yield Inspected(size, tuple(_flaws(folder, index, pack)))


def _flaws(folder: Folder, index: Index, pack: int) -> Iterator[Flaw]:
    with Packs(folder.packs) as packs:
        bad = [digest for digest, place in index.chunks_in(pack) if not _is_whole(packs, digest, place)]
    yield from (Flaw(digest.hex(), pack) for digest in bad if index.has(pack))


def _is_whole(packs: Packs, digest: bytes, place: Place) -> bool:
    try:
        packs.read(digest, place, verify=True)
    except (Damaged, FileNotFoundError):
        return False
    return True
