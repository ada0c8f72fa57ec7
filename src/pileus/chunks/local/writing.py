"""Write chunks to packs on disk: the order of the writes, and when each is durable.

1. Chunks are appended to an open pack. When it is full it is synced, and its places are noted in the index.
2. At the end the last pack is synced too, then the folder of packs: now every byte and every file name is durable.
3. One durable commit seals all packs of the lease: now they show.

Ended before 3, nothing shows, and the packs are removed when the lease is found dead. Ended after 3, all is there.
A pack leaves in the opposite order: one durable commit takes it out of the index, then its file is removed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import suppress

from pileus.chunks import packs
from pileus.chunks.disk import room_needed
from pileus.chunks.intake.keeper import Chunk
from pileus.chunks.local.folder import Folder
from pileus.chunks.local.index import Index
from pileus.chunks.local.leases import Lease
from pileus.chunks.packs import HEADER, Packing, Place

_PARTS_MOST = 1024  # IOV_MAX


class PackWriter:
    """Appends chunks to packs that belong to one lease."""

    def __init__(self, folder: Folder, index: Index, lease: str, threads: Executor) -> None:
        self._folder = folder
        self._index = index
        self._lease = lease
        self._threads = threads
        self._packing = Packing()
        self._pack = 0
        self._file: int | None = None
        self._size = 0
        self._parts: list[bytes | memoryview] = []
        self._syncing: list[Future[None]] = []
        self.places: dict[bytes, Place] = {}  # in the pack being written

    def append(self, digest: bytes, data: memoryview) -> None:
        """Bytes reach the disk at the next `flush`."""
        record = self._packing.record(digest, data)
        length = sum(map(len, record))
        if self._size + length > self._folder.pack_bytes:
            self._end_pack()
        if self._file is None:
            self._pack = self._index.open_pack(self._lease)
            self._file = self._folder.disk.create(packs.path_of(self._folder.packs, self._pack))
        self._parts += record
        self.places[digest] = Place(self._pack, self._size + HEADER.size, len(record[1]), len(data))
        self._size += length
        if len(self._parts) >= _PARTS_MOST:
            self.flush()

    def flush(self) -> None:
        if self._file is not None and self._parts:
            self._folder.disk.append(self._file, self._parts)
        self._parts = []

    def seal(self) -> None:
        """Make all packs durable, then visible."""
        self._end_pack()
        self._await_sync()
        self._folder.disk.sync_folder(self._folder.packs)
        self._index.seal(self._lease)

    def drop(self) -> None:
        """Give back what was not sealed: files first, for a full disk leaves the index no room either."""
        wait(self._syncing)
        if self._file is not None:
            self._folder.disk.close(self._file)
        self._file, self._parts = None, []
        with suppress(sqlite3.Error):
            unsealed = self._index.open_packs(self._lease)
            for pack in unsealed:
                self._folder.disk.remove(packs.path_of(self._folder.packs, pack))
            self._index.forget(unsealed)

    def _end_pack(self) -> None:
        if self._file is None:
            return
        self.flush()
        self._index.add(self._pack, self._size, self.places)
        self._await_sync()
        self._syncing = [self._threads.submit(self._sync, self._file)]
        self._file, self._size, self.places = None, 0, {}

    def _await_sync(self) -> None:
        for syncing in self._syncing:
            syncing.result()

    def _sync(self, file: int) -> None:
        try:
            self._folder.disk.sync(file)
        finally:
            self._folder.disk.close(file)


class PackKeeper:
    """Keeps one upload's chunks in packs; counts on those that other packs have."""

    def __init__(self, folder: Folder, index: Index, threads: Executor) -> None:
        with room_needed():
            self._lease = Lease(folder, index)
        self._index = index
        self._writer = PackWriter(folder, index, self._lease.id, threads)
        self._held: set[int] = set()

    def keep(self, chunks: Sequence[Chunk], *, anew: bool = False) -> int:
        with room_needed():
            there = set() if anew else self.count_on([digest for digest, _ in chunks])
            added = 0
            for digest, data in chunks:
                if digest not in there and digest not in self._writer.places:
                    self._writer.append(digest, data)
                    added += len(data)
            self._writer.flush()
        return added

    def seal(self) -> None:
        with room_needed():
            self._writer.seal()

    def drop(self) -> None:
        try:
            self._writer.drop()
        finally:
            self._lease.end()

    def count_on(self, digests: Sequence[bytes]) -> set[bytes]:
        found = self._index.places(digests, self._lease.id)
        for pack in {place.pack for place in found.values()} - self._held:
            if self._index.hold(self._lease.id, pack):
                self._held.add(pack)
        return {digest for digest, place in found.items() if place.pack in self._held}
