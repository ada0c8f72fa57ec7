"""What a host's image cache holds: which images, in which files, who uses them, and where in them each chunk lies.

A power cut may lose bytes of a file and not the row that speaks of them. So an image counts as complete only after its
file was synced, and a chunk is checked before it is taken from a file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pileus.chunks.database import Database
from pileus.chunks.disk import Disk
from pileus.chunks.errors import StoreFull

_SCHEMA = (
    "CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data_bytes INTEGER NOT NULL,"
    " is_complete INTEGER NOT NULL, turn INTEGER NOT NULL)",
    "CREATE TABLE pins (name TEXT, holder TEXT, PRIMARY KEY (name, holder)) WITHOUT ROWID",
    "CREATE TABLE spots (address BLOB, image INTEGER, position INTEGER, length INTEGER,"
    " PRIMARY KEY (address, image, position)) WITHOUT ROWID",
    "CREATE INDEX spots_by_image ON spots (image, position)",
)
_NEXT_TURN = "SELECT COALESCE(MAX(turn), 0) + 1 FROM images"
_BEGIN = (
    f"INSERT INTO images (name, data_bytes, is_complete, turn) VALUES (?, ?, 0, ({_NEXT_TURN}))"
    " ON CONFLICT (name) DO UPDATE SET data_bytes = excluded.data_bytes, is_complete = 0, turn = excluded.turn"
)
_ADD = "INSERT OR REPLACE INTO spots SELECT ?, id, ?, ? FROM images WHERE name = ?"
_SPOTS = "SELECT address, name, position, length FROM spots JOIN images ON images.id = image"
_UNUSED = "SELECT name, data_bytes FROM images WHERE name NOT IN (SELECT name FROM pins) ORDER BY turn"


_FILES = (".image", ".unfinished", ".map", ".half", ".touched", ".notes")
"""Endings of an image's files: its bytes, whole or not; its manifest; and which chunks a guest read first."""


class Spot(NamedTuple):
    """Where a chunk lies in the file of an image."""

    address: str
    name: str
    position: int
    length: int


class Shelf(Database):
    """The folder of one cache, with notes. The image used last has the highest `turn`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "shelf.sqlite", Disk(), version=1, schema=_SCHEMA)
        self._folder = folder

    def path(self, name: str) -> Path:
        """The file of an image that is whole."""
        return self._folder / f"{name}.image"

    def unfinished(self, name: str) -> Path:
        """The file of an image that is not whole yet."""
        return self._folder / f"{name}.unfinished"

    def map(self, name: str) -> Path:
        """The manifest of an image, whole or not; see `layout.py`."""
        return self._folder / f"{name}.map"

    def pin_complete(self, name: str, holder: str) -> bool:
        """Pin an image that is here; False if it is not, or not whole."""
        with self.writing() as tx:
            row = tx.execute("SELECT 1 FROM images WHERE name = ? AND is_complete", [name]).fetchone()
            if row is None or not self.path(name).exists():
                return False
            tx.execute(f"UPDATE images SET turn = ({_NEXT_TURN}) WHERE name = ?", [name])
            tx.execute("INSERT OR IGNORE INTO pins VALUES (?, ?)", (name, holder))
            return True

    def make_room(self, name: str, holder: str, data_bytes: int, limit: int) -> list[str]:
        """Begin an image and pin it; for it those longest unused go. Raises StoreFull; then none has gone."""
        gone = []
        with self.writing() as tx:
            tx.execute("INSERT OR IGNORE INTO pins VALUES (?, ?)", (name, holder))
            tx.execute(_BEGIN, (name, data_bytes))
            (excess,) = tx.execute("SELECT SUM(data_bytes) - ? FROM images", [limit]).fetchone()
            unused = tx.execute(_UNUSED).fetchall()
            if excess > sum(size for _, size in unused):
                raise StoreFull(f"images in use leave no room for {data_bytes} bytes in a cache of {limit} bytes")
            for oldest, size in unused:
                if excess > 0:
                    self._remove(tx, oldest)
                    gone.append(oldest)
                    excess -= size
        return gone

    def add(self, spots: Iterable[Spot]) -> None:
        """Note chunks that were written to an image's file."""
        with self.writing() as tx:
            rows = ((bytes.fromhex(address), position, length, name) for address, name, position, length in spots)
            tx.executemany(_ADD, rows)

    def complete(self, name: str) -> None:
        """The whole image is in its file, and synced."""
        with self.writing(durable=True) as tx:
            tx.execute("UPDATE images SET is_complete = 1 WHERE name = ?", [name])

    def unpin(self, name: str, holder: str) -> None:
        with self.writing() as tx:
            tx.execute("DELETE FROM pins WHERE name = ? AND holder = ?", (name, holder))

    def forget(self, name: str) -> bool:
        """Take an image off the shelf; False if it is in use."""
        with self.writing() as tx:
            if tx.execute("SELECT 1 FROM pins WHERE name = ?", [name]).fetchone():
                return False
            self._remove(tx, name)
            return True

    def images(self) -> dict[str, bool]:
        """The images here, and whether each is whole; longest unused first."""
        with self.reading() as tx:
            rows = tx.execute("SELECT name, is_complete FROM images ORDER BY turn").fetchall()
        return {name: bool(is_whole) for name, is_whole in rows}

    def pins(self) -> dict[str, set[str]]:
        """Who holds which image."""
        held: dict[str, set[str]] = {}
        with self.reading() as tx:
            for name, holder in tx.execute("SELECT name, holder FROM pins"):
                held.setdefault(name, set()).add(holder)
        return held

    def spots_of(self, address: str, *, within: str | None = None) -> list[Spot]:
        """Where a chunk may be found here, or in one image."""
        if within is not None:
            return self._spots(f"{_SPOTS} WHERE address = ? AND name = ? LIMIT 1", bytes.fromhex(address), within)
        return self._spots(f"{_SPOTS} WHERE address = ? LIMIT 3", bytes.fromhex(address))

    def spots_in(self, name: str) -> list[Spot]:
        """The chunks of an image in order, without holes."""
        return self._spots(f"{_SPOTS} WHERE name = ? ORDER BY position", name)

    def used(self) -> int:
        """Bytes of all images here, holes not counted."""
        with self.reading() as tx:
            (used,) = tx.execute("SELECT COALESCE(SUM(data_bytes), 0) FROM images").fetchone()
        return int(used)

    def remove_strangers(self) -> None:
        """Remove files of images that are not on the shelf."""
        with self.writing():
            known = self.images()
            for path in self._folder.iterdir():
                if path.suffix in _FILES and path.stem not in known:
                    self._disk.remove(path)

    def _spots(self, query: str, *values: object) -> list[Spot]:
        with self.reading() as tx:
            rows = tx.execute(query, values).fetchall()
        return [Spot(address.hex(), *place) for address, *place in rows]

    def _remove(self, tx: sqlite3.Connection, name: str) -> None:
        """Within the transaction, for as soon as it ends somebody may begin to fetch the image again."""
        for suffix in _FILES:
            self._disk.remove(self._folder / f"{name}{suffix}")
        tx.execute("DELETE FROM spots WHERE image = (SELECT id FROM images WHERE name = ?)", [name])
        for table in ("images", "pins"):
            tx.execute(f"DELETE FROM {table} WHERE name = ?", [name])
