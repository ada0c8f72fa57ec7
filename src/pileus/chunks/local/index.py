"""Which chunk lies where, and who counts on what: a SQLite file beside the packs, shared by all processes.

A pack is *open* while its writer's lease lasts, and shows to nobody else; sealed, it shows to all. A lease *holds* the
packs it writes and those in which it found chunks. The rows of an ended lease stay until the next collection begins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from pileus.chunks.database import Database
from pileus.chunks.disk import Disk
from pileus.chunks.packs import Place
from pileus.chunks.store import Stats

_SCHEMA = (
    "CREATE TABLE leases (id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE packs (id INTEGER PRIMARY KEY AUTOINCREMENT, writer TEXT, size INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE places (address BLOB, pack INTEGER, position INTEGER, length INTEGER, size INTEGER,"
    " PRIMARY KEY (address, pack)) WITHOUT ROWID",
    "CREATE INDEX places_by_pack ON places (pack)",
    "CREATE TABLE held (pack INTEGER, lease TEXT, PRIMARY KEY (pack, lease)) WITHOUT ROWID",
)
_COMPRESSION = ("ALTER TABLE places ADD COLUMN size INTEGER", "UPDATE places SET size = length")  # since version 2
_PLACE = (
    "SELECT pack, position, length, places.size FROM places JOIN packs ON packs.id = pack"
    " WHERE address = ? AND (writer IS NULL OR writer = ?) LIMIT 1"
)
_PLACES = "SELECT address, pack, position, length, size FROM places"
_CHUNKS = (
    "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM"
    " (SELECT DISTINCT address, places.size FROM places JOIN packs ON packs.id = pack WHERE writer IS NULL)"
)
_PACKS = "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM packs WHERE writer IS NULL"


class Index(Database):
    """The index of one store."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path, disk, version=2, schema=_SCHEMA, upgrades={1: _COMPRESSION})

    def places(self, digests: Iterable[bytes], writer: str = "") -> dict[bytes, Place]:
        """Where these chunks lie, in sealed packs and those open for `writer`."""
        with self.reading() as tx:
            rows = {digest: tx.execute(_PLACE, (digest, writer)).fetchone() for digest in digests}
        return {digest: Place(*row) for digest, row in rows.items() if row}

    def hold(self, lease: str, pack: int) -> bool:
        """Count on a pack until the lease ends; False if the pack has just gone."""
        with self.writing() as tx:
            seen = "SELECT id, :lease FROM packs WHERE id = :pack AND (writer IS NULL OR writer = :lease)"
            return tx.execute(f"INSERT OR REPLACE INTO held {seen}", {"lease": lease, "pack": pack}).rowcount == 1

    def open_pack(self, lease: str) -> int:
        """Number a new pack."""
        with self.writing() as tx:
            pack = tx.execute("INSERT INTO packs (writer) VALUES (?)", [lease]).lastrowid
            assert pack is not None
            tx.execute("INSERT INTO held VALUES (?, ?)", (pack, lease))
        return pack

    def add(self, pack: int, size: int, places: dict[bytes, Place]) -> None:
        """Note what a pack holds."""
        with self.writing() as tx:
            add_places(tx, pack, size, places)

    def seal(self, lease: str) -> None:
        """Show the packs of this lease to everybody; they must be durable by now."""
        with self.writing(durable=True) as tx:
            tx.execute("UPDATE packs SET writer = NULL WHERE writer = ?", [lease])

    def open_packs(self, lease: str) -> list[int]:
        """The packs this lease did not seal."""
        with self.reading() as tx:
            return [pack for (pack,) in tx.execute("SELECT id FROM packs WHERE writer = ?", [lease])]

    def forget(self, packs: Iterable[int]) -> None:
        """Forget packs; when this returns their files may go."""
        with self.writing(durable=True) as tx:
            forget(tx, packs)

    def sealed_packs(self) -> list[tuple[int, int]]:
        """(number, bytes) of each pack that shows."""
        with self.reading() as tx:
            return tx.execute("SELECT id, size FROM packs WHERE writer IS NULL ORDER BY id").fetchall()

    def chunks_in(self, pack: int) -> list[tuple[bytes, Place]]:
        """The chunks of a pack, in its order."""
        with self.reading() as tx:
            rows = tx.execute(f"{_PLACES} WHERE pack = ? ORDER BY position", [pack]).fetchall()
        return [(digest, Place(*place)) for digest, *place in rows]

    def has(self, pack: int) -> bool:
        """Whether a pack is still there."""
        with self.reading() as tx:
            return tx.execute("SELECT 1 FROM packs WHERE id = ?", [pack]).fetchone() is not None

    def drop_place(self, digest: bytes, pack: int) -> None:
        """What lies there is no longer that chunk."""
        with self.writing(durable=True) as tx:
            tx.execute("DELETE FROM places WHERE address = ? AND pack = ?", (digest, pack))

    def stats(self) -> Stats:
        with self.reading() as tx:
            return Stats(*tx.execute(_CHUNKS).fetchone(), *tx.execute(_PACKS).fetchone())


def add_places(tx: sqlite3.Connection, pack: int, size: int, places: dict[bytes, Place]) -> None:
    """Note that these chunks lie in a pack of that many bytes."""
    tx.execute("UPDATE packs SET size = ? WHERE id = ?", (size, pack))
    rows = ((digest, *place) for digest, place in places.items())
    tx.executemany("INSERT OR IGNORE INTO places VALUES (?, ?, ?, ?, ?)", rows)


def forget(tx: sqlite3.Connection, packs: Iterable[int]) -> None:
    """Take packs out of the index."""
    rows = [(pack,) for pack in packs]
    for table, column in (("places", "pack"), ("held", "pack"), ("packs", "id")):
        tx.executemany(f"DELETE FROM {table} WHERE {column} = ?", rows)
