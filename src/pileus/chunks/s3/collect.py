"""Collect on S3: as on a disk, but for all nodes, by one of them at a time.

What the database says is copied aside and judged there. Whoever collects beats for its turn, and each pack is taken out
in a transaction that looks whether the turn is still its own and whether anybody has come to hold the pack.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import closing, suppress

from pileus.chunks.errors import ChunkError, Damaged
from pileus.chunks.judging import Pack, judge, kept_in, worth_copying
from pileus.chunks.packs import Place
from pileus.chunks.s3.bucket import Bucket, name_of
from pileus.chunks.s3.index import Found, Index
from pileus.chunks.s3.leases import Leases
from pileus.chunks.s3.reading import fetch
from pileus.chunks.s3.writing import ObjectWriter
from pileus.chunks.store import Freed


class Collection:
    """One collection, by who has the turn of that name."""

    def __init__(
        self, index: Index, bucket: Bucket, threads: Executor, leases: Leases, *, turn: str, pack_bytes: int
    ) -> None:
        self._index = index
        self._bucket = bucket
        self._threads = threads
        self._leases = leases
        self._turn = turn
        self._pack_bytes = pack_bytes

    def tidy(self) -> None:
        """Remove what ended leases did not seal, and objects whose name nothing knows.

        Objects are listed before names are read: whoever puts one has written its name down before.
        """
        for name in self._index.forget_ended():
            self._bucket.remove(name_of(name))
        objects = list(self._bucket.names("packs"))
        known = {name_of(row["name"]) for row in self._index.all_packs()}
        for name in objects:
            if name not in known:
                self._bucket.remove(name)

    def collect(self, live: Iterable[str]) -> Freed:
        """Make room, keeping these addresses."""
        with closing(sqlite3.connect("")) as aside:
            addresses = list(live)
            self._index.copy(aside)
            packs = judge(aside, addresses)
            freed = self._remove([pack for pack in packs if not pack.alive])
            for group in worth_copying(packs, self._pack_bytes):
                freed += self._remove(self._copy(aside, group))
        return Freed(packs=len(freed), bytes=sum(freed))

    def _remove(self, packs: list[Pack]) -> list[int]:
        freed = []
        for pack in packs:
            name = self._index.take_out(pack.id, self._turn)
            if name is not None:
                freed.append(pack.size - pack.alive)
                with suppress(ChunkError):  # nothing knows its name any more: the next collection removes it
                    self._bucket.remove(name_of(name))
        return freed

    def _copy(self, aside: sqlite3.Connection, group: list[Pack]) -> list[Pack]:
        """Copy the live chunks of these packs; those of which every live chunk is now in a new pack."""
        lease = os.urandom(16).hex()
        self._leases.begin(lease)
        writer = ObjectWriter(self._index, self._bucket, self._threads, pack_bytes=self._pack_bytes, lease=lease)
        names = {row["id"]: row["name"] for row in self._index.all_packs()}
        copied = []
        try:
            for pack in group:
                with suppress(Damaged):
                    self._copy_pack(writer, names[pack.id], kept_in(aside, pack.id))
                    copied.append(pack)
            writer.seal()
        finally:
            writer.drop()
            self._leases.end(lease)
        return copied

    def _copy_pack(self, writer: ObjectWriter, name: str, chunks: list[tuple[bytes, Place]]) -> None:
        asked = [(digest, Found(name, place)) for digest, place in chunks]
        for (digest, _), data in zip(asked, fetch(self._bucket, asked), strict=True):
            writer.append(digest, data)
