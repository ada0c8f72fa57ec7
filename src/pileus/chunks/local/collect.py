"""Collect: find the packs that hold nothing live, or little of it, and make room.

Ended leases have been forgotten before anybody asks which manifests are live. An upload that ended before that has its
manifest among them; one that ended later still has its rows, and the packs it holds are let alone. Packs without live
chunks go; those of which more than a quarter is dead go after their live chunks were copied to new packs, and so do
many small ones. The order of writes is that of `writing.py`: wherever this ends, nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress

from pileus.chunks.disk import room_needed
from pileus.chunks.errors import Damaged, StoreFull
from pileus.chunks.judging import Pack, judge, kept_in, worth_copying
from pileus.chunks.local.folder import Folder
from pileus.chunks.local.index import Index, forget
from pileus.chunks.local.leases import Lease
from pileus.chunks.local.writing import PackWriter
from pileus.chunks.packs import Packs, path_of
from pileus.chunks.store import Freed


def collect(folder: Folder, threads: Executor, live: Iterable[str]) -> Freed:
    """Make room, keeping these addresses; for who holds the collecting lock and has tidied up."""
    with Index(folder.index, folder.disk) as index:
        with index.reading() as tx:
            packs = judge(tx, live)
        freed = _remove(folder, index, [pack for pack in packs if not pack.alive])
        with suppress(StoreFull), room_needed():
            for group in worth_copying(packs, folder.pack_bytes):
                freed += _remove(folder, index, _copy(folder, index, threads, group))
    return Freed(packs=len(freed), bytes=sum(freed))


def _remove(folder: Folder, index: Index, packs: list[Pack]) -> list[int]:
    """Take away packs, except those an upload has come to hold meanwhile; what each of them freed.

    One at a time, so that on a full disk each makes room for noting the next.
    """
    freed = []
    for pack in packs:
        with index.writing(durable=True) as tx:
            if tx.execute("SELECT 1 FROM held WHERE pack = ?", [pack.id]).fetchone():
                continue
            forget(tx, [pack.id])
        folder.disk.remove(path_of(folder.packs, pack.id))
        freed.append(pack.size - pack.alive)
    return freed


def _copy(folder: Folder, index: Index, threads: Executor, group: list[Pack]) -> list[Pack]:
    """Copy the live chunks of these packs; those of which every live chunk is now in a new, durable pack."""
    lease = Lease(folder, index)
    writer = PackWriter(folder, index, lease.id, threads)
    copied = []
    try:
        for pack in group:
            with suppress(Damaged):
                _copy_pack(folder, index, writer, pack.id)
                copied.append(pack)
        writer.seal()
    finally:
        writer.drop()
        lease.end()
    return copied


def _copy_pack(folder: Folder, index: Index, writer: PackWriter, pack: int) -> None:
    with index.reading() as tx:
        chunks = kept_in(tx, pack)
    with Packs(folder.packs) as packs:
        for digest, place in chunks:
            writer.append(digest, memoryview(packs.read(digest, place, verify=True)))
    writer.flush()
