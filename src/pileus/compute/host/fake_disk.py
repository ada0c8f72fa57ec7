"""The root disk of a fake guest: the bytes of its image, and a block at its end that the guest wrote when it booted."""

from __future__ import annotations

from dataclasses import dataclass

from pileus.chunks import reading
from pileus.chunks.cutting import BLOCK
from pileus.chunks.recutting import Change
from pileus.chunks.store import Source
from pileus.compute.host.spec import Disk

MIB = 1 << 20


@dataclass(frozen=True)
class FakeStill:
    """It as it is at one moment.  Without a source of chunks, and where its image is no plain disk, it has no image."""

    disk: Disk
    wrote: bytes
    source: Source | None

    @property
    def size(self) -> int:
        """As the guest was given it."""
        size = self.disk.size_mib * MIB or (self.disk.image.size if self.disk.image else 0)
        return max(size, BLOCK)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The block, and where there is no image everything."""
        start = (self.size - 1) // BLOCK * BLOCK
        return (Change(start, self.size),)

    def read(self, position: int, length: int) -> bytes:
        """So many bytes: the image's, zeros behind them, and what the guest wrote."""
        found = bytearray(self._below(position, length).ljust(length, b"\0"))
        (block,) = self.changes
        wrote = self.wrote[: block.end - block.start].ljust(block.end - block.start, b"\0")
        for at in range(max(position, block.start), min(position + length, block.end)):
            found[at - position] = wrote[at - block.start]
        return bytes(found)

    def close(self) -> None:
        """Nothing was opened."""

    def _below(self, position: int, length: int) -> bytes:
        image = self.disk.image
        if self.source is None or image is None or image.format not in ("raw", "ami"):
            return b""
        return b"".join(reading.read(self.source.chunks, image.manifest, position, length))
