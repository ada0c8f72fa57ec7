"""A chunk store in a bucket of an S3, shared by every node of a cloud."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pileus.chunks import manifest, reading
from pileus.chunks.errors import Absent, ChunkError
from pileus.chunks.intake.parcel import Parcel
from pileus.chunks.intake.upload import Upload
from pileus.chunks.manifest import Entry
from pileus.chunks.mending import mend
from pileus.chunks.s3 import scrubbing
from pileus.chunks.s3.bucket import Bucket
from pileus.chunks.s3.collect import Collection
from pileus.chunks.s3.index import Index, Turn
from pileus.chunks.s3.leases import Leases
from pileus.chunks.s3.reading import fetch
from pileus.chunks.s3.writing import AT_ONCE, ObjectKeeper
from pileus.chunks.store import Flaw, Freed, Inspected, Stats
from pileus.kernel.store import Store

PACK_BYTES = 16 << 20
"""Held in memory until it is sent, and sent by one request."""

_AHEAD = 8  # batches under way while an object is read: 400 MB/s where a request takes 20 ms
_TRIES = 5  # collection may move a chunk after we asked where it lies, but hardly five times running


class S3ChunkStore:
    """Chunks in packs that are objects, with an index in the cloud's database; `name` tells this store's rows."""

    def __init__(self, name: str, bucket: Bucket, database: Store, *, pack_bytes: int = PACK_BYTES) -> None:
        self._name = name
        self._bucket = bucket
        self._database = database
        self._pack_bytes = pack_bytes
        self._index = Index(database, name)
        self._leases = Leases(self._index)
        self._hashing = ThreadPoolExecutor(min(os.cpu_count() or 1, 8), "chunks")
        self._sending = ThreadPoolExecutor(2 * AT_ONCE, "chunks-to-s3")
        self._reading = ThreadPoolExecutor(2 * _AHEAD, "chunks-from-s3")
        self._is_known_ours = False

    def upload(self) -> Upload:
        return Upload(self._keeper(), self._hashing)

    def parcel(self) -> Parcel:
        return Parcel(self._keeper())

    def chunks(self, addresses: Sequence[str], *, verify: bool = True) -> Iterator[bytes]:
        digests = [_digest_of(address) for address in addresses]
        for _ in range(_TRIES):
            found = self._index.find(digests)
            missing = [digest for digest in digests if digest not in found]
            if missing:
                raise Absent(f"there is no chunk {missing[0].hex()}")
            asked = [(digest, found[digest]) for digest in digests]
            try:
                yield from fetch(self._bucket, asked, verify=verify)
                return
            except Absent:  # raised before the first chunk was given: an object was taken away meanwhile
                continue
        raise Absent("objects that the index names are not on the S3")

    def entries(self, name: str, offset: int = 0) -> Iterator[tuple[int, Entry]]:
        return manifest.entries(self.chunks, name, offset)

    def read(self, name: str, offset: int = 0, length: int | None = None, *, verify: bool = True) -> Iterator[bytes]:
        chunks = partial(self.chunks, verify=verify)
        spans = reading.spans(self.entries(name, offset), offset, None if length is None else offset + length)
        return reading.batches_ahead(spans, chunks, self._reading, depth=_AHEAD)

    def gc(self, live: Callable[[], Iterable[str]]) -> Freed:
        self._check_owner()
        turn = Turn(self._database, self._name)
        if not turn.take():
            return Freed(packs=0, bytes=0)
        self._leases.begin(turn.id, note=lambda lease: None)
        try:
            collection = Collection(
                self._index,
                self._bucket,
                self._sending,
                self._leases,
                turn=turn.id,
                pack_bytes=self._pack_bytes,
            )
            collection.tidy()
            return collection.collect(manifest.addresses(self.chunks, live()))
        finally:
            self._leases.end(turn.id)
            turn.give()

    def inspect(self) -> Iterator[Inspected]:
        return scrubbing.inspect(self._index, self._bucket)

    def mend(self, flaw: Flaw, data: bytes | None) -> None:
        mend(self._index, self._keeper(), flaw, data)

    def stats(self) -> Stats:
        return self._index.stats()

    def close(self) -> None:
        self._leases.close()
        for threads in (self._hashing, self._sending, self._reading):
            threads.shutdown()

    def _keeper(self) -> ObjectKeeper:
        self._check_owner()
        return ObjectKeeper(self._index, self._bucket, self._sending, self._leases, pack_bytes=self._pack_bytes)

    def _check_owner(self) -> None:
        """Refuse a place that another cloud uses, for each would take away what the other wrote."""
        if self._is_known_ours:
            return
        mark = self._index.mark().encode()
        try:
            found = self._bucket.whole("owner")
        except Absent:
            self._bucket.put("owner", mark)
            found = mark
        if found != mark:
            raise ChunkError(f"another cloud keeps its chunks where the store {self._name} should")
        self._is_known_ours = True


def _digest_of(address: str) -> bytes:
    if not manifest.is_address(address):
        raise Absent(f"{address!r} is not the address of a chunk")
    return bytes.fromhex(address)
