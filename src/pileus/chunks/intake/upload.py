"""Take in an object: cut, hash and keep it batch by batch in constant memory.

MD5 and SHA-512 are computed on other threads than the one that cuts, so that an upload is as slow as the slowest of
the three and not as their sum; none runs more than one batch ahead.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from blake3 import blake3

from pileus.chunks import manifest
from pileus.chunks.cutting import Cutter, Piece
from pileus.chunks.intake.keeper import Intake, Keeper

BATCH = 1 << 20


@dataclass(frozen=True)
class Stored:
    """An object as it lies in the store: its name there, its size, and the digests of its bytes in hexadecimal."""

    manifest: str
    size: int
    md5: str
    sha512: str
    added: int  # bytes of chunks that were not there before


class Upload(Intake):
    """One object on its way in, used by one thread at a time:

    with store.upload() as upload:
        for batch in body:
            upload.write(batch)
        stored = upload.finish()
        …write stored.manifest down where the callable given to `gc` finds it…
    """

    def __init__(self, keeper: Keeper, threads: Executor) -> None:
        super().__init__(keeper)
        self._threads = threads
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._cutter = Cutter()
        self._digests = [hashlib.md5(usedforsecurity=False), hashlib.sha512()]
        self._hashing: list[Future[None]] = []
        self._size = 0

    def write(self, batch: bytes) -> None:
        """The next bytes, as many as one likes. Raises StoreFull."""
        with self._all_or_nothing():
            self._waiting.append(batch)
            self._waiting_bytes += len(batch)
            if self._waiting_bytes >= BATCH:
                self._take_waiting()

    def finish(self) -> Stored:
        """Make the object durable and visible. Raises StoreFull."""
        with self._all_or_nothing():
            self._take_waiting()
            self._keep_pieces(self._cutter.finish())
            name = self._manifest.finish()
            self._await_digests()
            self._keeper.seal()
            self._is_open = False
        md5, sha512 = (digest.hexdigest() for digest in self._digests)
        return Stored(name, self._size, md5, sha512, self._added)

    def _take_waiting(self) -> None:
        batches = self._waiting
        self._size += self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        self._await_digests()
        self._hashing = [self._threads.submit(_update, digest, batches) for digest in self._digests]
        self._keep_pieces(self._cutter.feed(*batches))

    def _await_digests(self) -> None:
        for hashing in self._hashing:
            hashing.result()

    def _keep_pieces(self, pieces: list[Piece]) -> None:
        chunks = [(blake3(data).digest(), data) for _, data in pieces if data is not None]
        self._added += self._keeper.keep(chunks)
        addresses = iter(chunks)
        for length, data in pieces:
            self._manifest.add(manifest.Entry(length, None if data is None else next(addresses)[0].hex()))


def _update(digest: hashlib._Hash, batches: list[bytes]) -> None:
    for batch in batches:
        digest.update(batch)
