"""A chunk store in memory, for tests: the same verbs, the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import RLock

from pileus.chunks import manifest, reading
from pileus.chunks.errors import Absent, Damaged, StoreFull, Unreachable
from pileus.chunks.intake.keeper import Chunk
from pileus.chunks.intake.parcel import Parcel
from pileus.chunks.intake.upload import Upload
from pileus.chunks.manifest import Entry, address_of
from pileus.chunks.store import Flaw, Freed, Inspected, Stats


class FakeChunkStore:
    """`kept` is open to tests, to damage or lose a chunk; `capacity` is in bytes of chunks; while `is_away` no read is
    answered."""

    def __init__(self, capacity: int | None = None) -> None:
        self.kept: dict[str, bytes] = {}
        self.capacity = capacity
        self.is_away = False
        self.leases: list[FakeKeeper] = []
        self.turn = RLock()
        self._threads = ThreadPoolExecutor(2)

    def upload(self) -> Upload:
        return Upload(FakeKeeper(self), self._threads)

    def parcel(self) -> Parcel:
        return Parcel(FakeKeeper(self))

    def chunks(self, addresses: Sequence[str], *, verify: bool = True) -> Iterator[bytes]:
        for address in addresses:
            if self.is_away:
                raise Unreachable("the store does not answer")
            data = self.kept.get(address)
            if data is None:
                raise Absent(f"there is no chunk {address}")
            if verify and address_of(data) != address:
                raise Damaged(f"chunk {address} is damaged")
            yield data

    def entries(self, name: str, offset: int = 0) -> Iterator[tuple[int, Entry]]:
        return manifest.entries(self.chunks, name, offset)

    def read(self, name: str, offset: int = 0, length: int | None = None, *, verify: bool = True) -> Iterator[bytes]:
        return reading.read(partial(self.chunks, verify=verify), name, offset, length)

    def gc(self, live: Callable[[], Iterable[str]]) -> Freed:
        with self.turn:
            self.leases = [lease for lease in self.leases if lease.is_open]
        wanted = set(manifest.addresses(self.chunks, live()))
        with self.turn:
            wanted = wanted.union(*(lease.counted for lease in self.leases))
            freed = [len(self.kept.pop(address)) for address in self.kept.keys() - wanted]
        return Freed(packs=0, bytes=sum(freed))

    def inspect(self) -> Iterator[Inspected]:
        for address, data in list(self.kept.items()):
            yield Inspected(len(data), () if address_of(data) == address else (Flaw(address, 0),))

    def mend(self, flaw: Flaw, data: bytes | None) -> None:
        with self.turn:
            if data is None:
                self.kept.pop(flaw.address, None)
            else:
                self.kept[flaw.address] = data

    def stats(self) -> Stats:
        size = sum(map(len, self.kept.values()))
        return Stats(chunks=len(self.kept), packs=0, data_bytes=size, disk_bytes=size)

    def used(self) -> int:
        """Bytes of all chunks, those of uploads under way included."""
        everywhere = [self.kept, *(lease.new for lease in self.leases)]
        return sum(len(data) for chunks in everywhere for data in chunks.values())

    def close(self) -> None:
        self._threads.shutdown()


class FakeKeeper:
    """One upload's chunks until they show, and all those it counts on."""

    def __init__(self, store: FakeChunkStore) -> None:
        self._store = store
        self.new: dict[str, bytes] = {}
        self.counted: set[str] = set()
        self.is_open = True
        with store.turn:
            store.leases.append(self)

    def keep(self, chunks: Sequence[Chunk], *, anew: bool = False) -> int:
        with self._store.turn:
            before = sum(map(len, self.new.values()))
            for digest, data in chunks:
                self.counted.add(digest.hex())
                if digest.hex() not in self._store.kept:
                    self.new[digest.hex()] = bytes(data)
            if self._store.capacity is not None and self._store.used() > self._store.capacity:
                raise StoreFull("no space left in the chunk store")
            return sum(map(len, self.new.values())) - before

    def count_on(self, digests: Sequence[bytes]) -> set[bytes]:
        with self._store.turn:
            there = {digest for digest in digests if digest.hex() in self._store.kept or digest.hex() in self.new}
            self.counted |= {digest.hex() for digest in there}
            return there

    def seal(self) -> None:
        with self._store.turn:
            self._store.kept |= self.new
            self.new = {}

    def drop(self) -> None:
        with self._store.turn:
            self.new = {}
            self.is_open = False
