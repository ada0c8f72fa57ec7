"""Judge packs: which of them hold nothing live, and of which so little that copying it is worth the room.

Works on any SQLite connection with the tables `packs`, `places` and `held`: the index of a store on a local disk, or a
copy of what a database says of a store on S3. Of a chunk that lies in several packs, the one in the oldest counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pileus.chunks.packs import HEADER, Place

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


class Pack(NamedTuple):
    """A pack that no upload holds, and how many of its bytes are alive."""

    id: int
    size: int
    alive: int


def judge(tx: sqlite3.Connection, live: Iterable[str]) -> list[Pack]:
    """Every pack that no upload holds, if these addresses are to be kept; notes in temporary tables which lie where."""
    tx.execute(_LIVE)
    tx.executemany("INSERT OR IGNORE INTO live VALUES (?)", ([bytes.fromhex(address)] for address in live))
    for statement in (_KEPT, _KEPT_BY_PACK):
        tx.execute(statement)
    return [Pack(*row) for row in tx.execute(_UNHELD)]


def kept_in(tx: sqlite3.Connection, pack: int) -> list[tuple[bytes, Place]]:
    """The chunks for whose sake a pack is kept, in its order; after `judge`, on the same connection."""
    return [(digest, Place(*place)) for digest, *place in tx.execute(_CHUNKS_KEPT, [pack])]


def worth_copying(packs: list[Pack], pack_bytes: int) -> Iterator[list[Pack]]:
    """Packs to be copied and then taken away, about one new pack's worth at a time."""
    sparse = [pack for pack in packs if 0 < pack.alive < pack.size * _ALIVE_ENOUGH]
    small = [pack for pack in packs if pack not in sparse and 0 < pack.alive < pack_bytes / _MANY]
    if len(small) >= _MANY:
        sparse += small
    group: list[Pack] = []
    for pack in sparse:
        group.append(pack)
        if sum(each.alive for each in group) >= pack_bytes or pack is sparse[-1]:
            yield group
            group = []
