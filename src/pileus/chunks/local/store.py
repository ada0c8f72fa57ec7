"""A chunk store in a folder of a local disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from pileus.chunks import manifest, reading
from pileus.chunks.disk import Disk, room_needed
from pileus.chunks.errors import Absent, StoreFull
from pileus.chunks.intake.parcel import Parcel
from pileus.chunks.intake.upload import Upload
from pileus.chunks.local import scrubbing
from pileus.chunks.local.collect import collect
from pileus.chunks.local.folder import Folder
from pileus.chunks.local.opening import keep_reserve, open_index, tidy
from pileus.chunks.local.writing import PackKeeper
from pileus.chunks.manifest import Entry
from pileus.chunks.mending import mend
from pileus.chunks.packs import PACK_BYTES, Packs, Place
from pileus.chunks.store import Flaw, Freed, Inspected, Stats

_TRIES = 5  # collection may move a chunk after we asked where it lies, but hardly five times running


class LocalChunkStore:
    """Chunks in pack files with a SQLite index beside them; several processes may use one folder."""

    def __init__(self, path: Path, *, disk: Disk | None = None, pack_bytes: int = PACK_BYTES) -> None:
        self._folder = Folder(path, disk or Disk(), pack_bytes)
        self._threads = ThreadPoolExecutor(min(os.cpu_count() or 1, 8) + 1, "chunks")
        with room_needed():
            self._index = open_index(self._folder)
        with suppress(StoreFull), room_needed(), self._collecting(wait=False) as is_ours:
            if is_ours:
                tidy(self._folder, self._index)
                keep_reserve(self._folder)

    def upload(self) -> Upload:
        return Upload(PackKeeper(self._folder, self._index, self._threads), self._threads)

    def parcel(self) -> Parcel:
        return Parcel(PackKeeper(self._folder, self._index, self._threads))

    def chunks(self, addresses: Sequence[str], *, verify: bool = True) -> Iterator[bytes]:
        digests = [_digest_of(address) for address in addresses]
        places = self._index.places(digests)
        with Packs(self._folder.packs) as packs:
            for digest in digests:
                yield self._chunk(packs, digest, places.get(digest), verify)

    def entries(self, name: str, offset: int = 0) -> Iterator[tuple[int, Entry]]:
        return manifest.entries(self.chunks, name, offset)

    def read(self, name: str, offset: int = 0, length: int | None = None, *, verify: bool = True) -> Iterator[bytes]:
        return reading.read(partial(self.chunks, verify=verify), name, offset, length)

    def gc(self, live: Callable[[], Iterable[str]]) -> Freed:
        with self._collecting(wait=True):
            try:
                return self._collect(live)
            except StoreFull:
                self._folder.disk.remove(self._folder.reserve)
                return self._collect(live)
            finally:
                keep_reserve(self._folder)

    def inspect(self) -> Iterator[Inspected]:
        return scrubbing.inspect(self._folder, self._index)

    def mend(self, flaw: Flaw, data: bytes | None) -> None:
        with room_needed():
            mend(self._index, PackKeeper(self._folder, self._index, self._threads), flaw, data)

    def stats(self) -> Stats:
        return self._index.stats()

    def close(self) -> None:
        self._threads.shutdown()
        self._index.close()

    def _collect(self, live: Callable[[], Iterable[str]]) -> Freed:
        with room_needed():
            tidy(self._folder, self._index)
            return collect(self._folder, self._threads, manifest.addresses(self.chunks, live()))

    def _chunk(self, packs: Packs, digest: bytes, place: Place | None, verify: bool) -> bytes:
        for _ in range(_TRIES):
            if place is None:
                break
            try:
                return packs.read(digest, place, verify=verify)
            except FileNotFoundError:
                place = self._index.places([digest]).get(digest)
        raise Absent(f"there is no chunk {digest.hex()}")

    @contextmanager
    def _collecting(self, *, wait: bool) -> Iterator[bool]:
        """One collection at a time, in all processes; yields whether it is ours."""
        lock = self._folder.disk.lock(self._folder.collecting, wait=wait)
        try:
            yield lock is not None
        finally:
            if lock is not None:
                self._folder.disk.close(lock)


def _digest_of(address: str) -> bytes:
    if not manifest.is_address(address):
        raise Absent(f"{address!r} is not the address of a chunk")
    return bytes.fromhex(address)
