"""Which of some chunks belong to given objects: worked out from those objects' manifests alone.

Whether a store has a chunk is never asked here. Who may read these objects may be told what they are made of; an answer
takes as long as reading them takes, whatever else the store holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from threading import Lock

from pileus.chunks import manifest
from pileus.chunks.errors import Absent, Damaged
from pileus.chunks.store import Source

MEMORY = 128 << 20
"""Bytes of manifests that are remembered: those of some 240 GiB of different chunks."""


class Known:
    """Remembers manifests that were read, the ones used last."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._used = 0
        self._blobs: OrderedDict[str, bytes] = OrderedDict()
        self._turn = Lock()

    def among(self, source: Source, names: Iterable[str], asked: Iterable[str]) -> set[str]:
        """Which of the addresses asked for are objects of these names, segments of them, or chunks in them.

        An object that cannot be read tells of nothing.
        """
        wanted = {bytes.fromhex(address) for address in asked}
        found: set[bytes] = set()
        seen: set[bytes] = set()
        for name in names:
            if wanted <= found:
                break
            with suppress(Absent, Damaged):
                segments = manifest.named_in(self._blob(source, name)) - seen
                seen |= segments
                found |= wanted & {bytes.fromhex(name), *segments}
                for segment in segments:
                    found |= wanted & manifest.named_in(self._blob(source, segment.hex()))
        return {digest.hex() for digest in found}

    def _blob(self, source: Source, address: str) -> bytes:
        with self._turn:
            if address in self._blobs:
                self._blobs.move_to_end(address)
                return self._blobs[address]
        (blob,) = source.chunks([address])
        with self._turn:
            if address not in self._blobs:
                self._blobs[address] = blob
                self._used += len(blob)
            while self._used > self._memory:
                self._used -= len(self._blobs.popitem(last=False)[1])
        return blob
