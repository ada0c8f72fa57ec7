"""Write chunks to objects: the order of the writes, and when each counts.

1. A pack gets a number and a name in the database, then its object is put, and seen to be there; then its places are
   noted. Some objects are on their way at a time.
2. When all are there, one commit seals all packs of the lease: now they show.

Ended before 2, nothing shows, and the objects are removed when the lease is found silent. A pack leaves in the opposite
order: one commit takes it out of the database, then its object is removed; one that stays behind is removed by the next
collection, because nothing knows its name.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import suppress

from pileus.chunks.errors import ChunkError
from pileus.chunks.intake.keeper import Chunk
from pileus.chunks.packs import HEADER, Packing, Place
from pileus.chunks.s3.bucket import Bucket, name_of
from pileus.chunks.s3.index import Index
from pileus.chunks.s3.leases import Leases

AT_ONCE = 4  # objects on their way, each of them in memory


class ObjectWriter:
    """Appends chunks to packs that belong to one lease."""

    def __init__(self, index: Index, bucket: Bucket, threads: Executor, *, pack_bytes: int, lease: str) -> None:
        self._index = index
        self._bucket = bucket
        self._threads = threads
        self._pack_bytes = pack_bytes
        self._lease = lease
        self._packing = Packing()
        self._parts: list[bytes] = []
        self._size = 0
        self._places: dict[bytes, Place] = {}
        self._putting: deque[Future[None]] = deque()
        self._under_way: deque[set[bytes]] = deque()

    def has(self, digest: bytes) -> bool:
        """Whether a chunk is in a pack that is not noted yet."""
        return digest in self._places or any(digest in pack for pack in self._under_way)

    def append(self, digest: bytes, data: bytes | memoryview) -> None:
        header, body = self._packing.record(digest, data)
        if self._parts and self._size + len(header) + len(body) > self._pack_bytes:
            self._end_pack()
        self._parts += [header, bytes(body)]
        self._places[digest] = Place(0, self._size + HEADER.size, len(body), len(data))
        self._size += len(header) + len(body)

    def flush(self) -> None:
        """Have all that was appended on the S3."""
        if self._parts:
            self._end_pack()
        while self._putting:
            self._await_oldest()

    def seal(self) -> None:
        self.flush()
        self._index.seal(self._lease)

    def drop(self) -> None:
        """Give back what was not sealed."""
        wait(self._putting)
        self._putting.clear()
        self._parts = []
        for name in self._index.forget_open(self._lease):
            with suppress(ChunkError):  # nothing knows its name any more: the next collection removes it
                self._bucket.remove(name_of(name))

    def _end_pack(self) -> None:
        while len(self._putting) >= AT_ONCE:
            self._await_oldest()
        content, places = b"".join(self._parts), self._places
        self._parts, self._size, self._places = [], 0, {}
        self._under_way.append(set(places))
        self._putting.append(self._threads.submit(self._put, content, places))

    def _await_oldest(self) -> None:
        putting = self._putting.popleft()
        self._under_way.popleft()
        putting.result()

    def _put(self, content: bytes, places: dict[bytes, Place]) -> None:
        pack, name = self._index.open_pack(self._lease)
        self._bucket.put(name_of(name), content)
        self._index.add(pack, len(content), {digest: place._replace(pack=pack) for digest, place in places.items()})


class ObjectKeeper:
    """Keeps one upload's chunks in objects; counts on those that other packs have."""

    def __init__(self, index: Index, bucket: Bucket, threads: Executor, leases: Leases, *, pack_bytes: int) -> None:
        self._index = index
        self._leases = leases
        self._lease = os.urandom(16).hex()
        self._held: set[int] = set()
        leases.begin(self._lease)
        self._writer = ObjectWriter(index, bucket, threads, pack_bytes=pack_bytes, lease=self._lease)

    def keep(self, chunks: Sequence[Chunk], *, anew: bool = False) -> int:
        there = set() if anew else self.count_on([digest for digest, _ in chunks])
        added = 0
        for digest, data in chunks:
            if digest not in there and not self._writer.has(digest):
                self._writer.append(digest, data)
                added += len(data)
        return added

    def count_on(self, digests: Sequence[bytes]) -> set[bytes]:
        found = self._index.find(digests, self._lease)
        new = {each.place.pack for each in found.values()} - self._held
        if new:
            self._held |= self._index.hold(self._lease, new)
        mine = {digest for digest in digests if self._writer.has(digest)}
        return mine | {digest for digest, each in found.items() if each.place.pack in self._held}

    def seal(self) -> None:
        self._writer.seal()

    def drop(self) -> None:
        try:
            self._writer.drop()
        finally:
            self._leases.end(self._lease)
