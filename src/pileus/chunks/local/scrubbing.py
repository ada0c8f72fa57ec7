"""Read every chunk in a folder's packs, and put another in the place of one that is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor

from pileus.chunks.errors import Damaged
from pileus.chunks.local.folder import Folder
from pileus.chunks.local.index import Index
from pileus.chunks.local.writing import PackKeeper
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


def mend(folder: Folder, index: Index, threads: Executor, flaw: Flaw, data: bytes | None) -> None:
    """The other chunk is durable before the damaged one is forgotten."""
    digest = bytes.fromhex(flaw.address)
    keeper = PackKeeper(folder, index, threads)
    try:
        if data is not None:
            keeper.keep([(digest, memoryview(data))], anew=True)
            keeper.seal()
        index.drop_place(digest, flaw.pack)
    finally:
        keeper.drop()
