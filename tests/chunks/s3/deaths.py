"""A node that dies before a chosen request: from then on nothing it does reaches the S3 or the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from obstore.store import MemoryStore

from pileus.chunks.s3.bucket import Bucket
from pileus.chunks.s3.index import LEASE
from pileus.chunks.s3.store import S3ChunkStore
from pileus.kernel.clock import HeldClock
from pileus.kernel.store import Store
from tests.chunks.contents import KIB
from tests.databases.templates import sqlite_copy

PACK = 512 * KIB


class Death(BaseException):
    """The process is no more; whatever it does to clean up is not done either."""


class Life:
    """So many requests to the S3 and transactions of the database are left."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._turn = Lock()

    def spend(self) -> None:
        with self._turn:
            self._left -= 1
            if self._left < 0:
                raise Death


class NearBucket(Bucket):
    """A bucket in memory: what is on the other side of the requests does not matter here, and there are thousands."""

    def __init__(self, kept: MemoryStore) -> None:
        self._store = kept


class MortalBucket(NearBucket):
    """A bucket as a node sees it that dies."""

    def __init__(self, kept: MemoryStore, life: Life) -> None:
        super().__init__(kept)
        self._life = life

    def put(self, name: str, content: bytes) -> None:
        self._life.spend()
        super().put(name, content)

    def _has(self, name: str, content: bytes) -> bool:
        self._life.spend()
        return super()._has(name, content)

    def ranges(self, name: str, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        self._life.spend()
        return super().ranges(name, spans)

    def whole(self, name: str) -> bytes:
        self._life.spend()
        return super().whole(name)

    def names(self, folder: str) -> Iterator[str]:
        self._life.spend()
        return super().names(folder)

    def remove(self, name: str) -> None:
        self._life.spend()
        super().remove(name)


class MortalDatabase(Store):
    """The database as that node sees it; transactions are whole or not at all."""

    def __init__(self, url: str, clock: HeldClock, life: Life) -> None:
        super().__init__(url, clock, durable=False)
        self._life = life

    def look(self, rule: Callable[..., Any], *args: Any, **more: Any) -> Any:
        self._life.spend()
        return super().look(rule, *args, **more)

    def read(self, rule: Callable[..., Any], *args: Any, **more: Any) -> Any:
        self._life.spend()
        return super().read(rule, *args, **more)

    def write(self, rule: Callable[..., Any], *args: Any, **more: Any) -> Any:
        self._life.spend()
        return super().write(rule, *args, **more)


class Place:
    """A bucket and a database, and the nodes that use them; each call of `join` is a process of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._kept = MemoryStore()
        self.bucket = NearBucket(self._kept)
        self.clock = HeldClock()
        self._url = sqlite_copy(folder / "cloud.db")
        self._open: list[S3ChunkStore | Store] = []

    def join(self, life: Life | None = None) -> S3ChunkStore:
        bucket = MortalBucket(self._kept, life) if life else self.bucket
        database = MortalDatabase(self._url, self.clock, life) if life else Store(self._url, self.clock, durable=False)
        store = S3ChunkStore("far", bucket, database, pack_bytes=PACK)
        self._open += [store, database]
        return store

    def objects(self) -> dict[str, int]:
        """The packs on the S3, and their sizes."""
        return {name: len(self.bucket.whole(name)) for name in self.bucket.names("packs")}

    def close(self) -> None:
        for each in self._open:
            each.close()


P = TypeVar("P", bound=Place)


def deaths(
    make: Callable[[Path], P], folder: Path, act: Callable[[P, S3ChunkStore, list[str]], None]
) -> Iterator[tuple[P, list[str]]]:
    """Act on places made alike, on nodes that die one request later each time, the last of them not at all.

    `act` says what it has achieved by adding to the list.  Yields each place once the dead node's leases are over.
    """
    has_died, last = True, 0
    while has_died:
        place, said = make(folder / f"place{last}"), list[str]()
        with suppress(Death):
            act(place, place.join(Life(last)), said)
            has_died = False
        place.clock.forward(LEASE.total_seconds() + 1)
        yield place, said
        place.close()
        last += 1
