"""Collect: find the packs that hold nothing live, or little of it, and make room.

Ended leases have been forgotten before anybody asks which manifests are live. An upload that ended before that has its
manifest among them; one that ended later still has its rows, and the packs it holds are let alone. Of a chunk that lies
in several packs, the one in the oldest counts. Packs without live chunks go; those of which more than a quarter is dead
go after their live chunks were copied to new packs, and so do many small ones. The order of writes is that of
`writing.py`: wherever this ends, nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress
from typing import NamedTuple

from pileus.chunks.disk import room_needed
from pileus.chunks.errors import Damaged, StoreFull
from pileus.chunks.local.folder import Folder
from pileus.chunks.local.index import Index, forget
from pileus.chunks.local.leases import Lease
from pileus.chunks.local.writing import PackWriter
from pileus.chunks.packs import HEADER, Packs, Place, path_of
from pileus.chunks.store import Freed

_ALIVE_ENOUGH = 0.75
_MANY = 16  # so many packs, each smaller than that part of a full one, are worth being made one

_LIVE = "CREATE TEMP TABLE live (address BLOB PRIMARY KEY) WITHOUT ROWID"
_KEPT = (
    "CREATE TEMP TABLE kept AS SELECT MIN(pack) AS pack, address FROM live JOIN places USING (address)"
    " JOIN packs ON packs.id = pack AND writer IS NULL GROUP BY address"
)
_KEPT_BY_PACK = "CREATE INDEX kept_by_pack ON kept (pack)"
_UNHELD = (
    f"SELECT id, size, (SELECT COALESCE(SUM(length + {HEADER.size}), 0) FROM kept JOIN places USING (pack, address)"
    " WHERE kept.pack = id) FROM packs WHERE writer IS NULL AND id NOT IN (SELECT pack FROM held)"
)
_CHUNKS_KEPT = (
    "SELECT address, pack, position, length, size FROM kept JOIN places USING (pack, address)"
    " WHERE pack = ? ORDER BY position"
)


class _Pack(NamedTuple):
    id: int
    size: int
    alive: int


def collect(folder: Folder, threads: Executor, live: Iterable[str]) -> Freed:
    """Make room, keeping these addresses; for who holds the collecting lock and has tidied up."""
    with Index(folder.index, folder.disk) as index:
        with index.reading() as tx:
            tx.execute(_LIVE)
            tx.executemany("INSERT OR IGNORE INTO live VALUES (?)", ([bytes.fromhex(address)] for address in live))
            for statement in (_KEPT, _KEPT_BY_PACK):
                tx.execute(statement)
            packs = [_Pack(*row) for row in tx.execute(_UNHELD)]
        freed = _remove(folder, index, [pack for pack in packs if not pack.alive])
        sparse = [pack for pack in packs if 0 < pack.alive < pack.size * _ALIVE_ENOUGH]
        small = [pack for pack in packs if pack not in sparse and 0 < pack.alive < folder.pack_bytes / _MANY]
        if len(small) >= _MANY:
            sparse += small
        with suppress(StoreFull), room_needed():
            freed += _compact(folder, index, threads, sparse)
    return Freed(packs=len(freed), bytes=sum(freed))


def _remove(folder: Folder, index: Index, packs: list[_Pack]) -> list[int]:
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


def _compact(folder: Folder, index: Index, threads: Executor, sparse: list[_Pack]) -> list[int]:
    """Copy what is alive and take the rest away, about one new pack's worth at a time."""
    freed: list[int] = []
    group: list[_Pack] = []
    for pack in sparse:
        group.append(pack)
        if sum(each.alive for each in group) >= folder.pack_bytes or pack is sparse[-1]:
            freed += _remove(folder, index, _copy(folder, index, threads, group))
            group = []
    return freed


def _copy(folder: Folder, index: Index, threads: Executor, group: list[_Pack]) -> list[_Pack]:
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
        rows = tx.execute(_CHUNKS_KEPT, [pack]).fetchall()
    with Packs(folder.packs) as packs:
        for digest, *place in rows:
            writer.append(digest, memoryview(packs.read(digest, Place(*place), verify=True)))
    writer.flush()
