"""Where each chunk of an image lies in its flat file, in a few bytes a chunk: an image may have millions of them.

The blobs of its manifest are kept in one file beside the image (4 bytes length, big endian, and the blob, the root
first), so that the map is there also when nobody can be asked for it. Each is known by its own address, so a file that
was damaged or cut short is found out.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pileus.chunks import manifest
from pileus.chunks.errors import Absent
from pileus.chunks.manifest import Entry, Fetch, address_of

_DIGEST = 32
_NOWHERE = bytes(_DIGEST)


class Layout:
    """The chunks and holes of one image, by number."""

    def __init__(self, entries: Iterable[tuple[int, Entry]]) -> None:
        self._starts = array("Q")
        self._digests = bytearray()
        self.size = self.data_bytes = 0
        for position, entry in entries:
            self._starts.append(position)
            self._digests += bytes.fromhex(entry.address) if entry.address else _NOWHERE
            self.size = position + entry.length
            self.data_bytes += entry.length if entry.address else 0

    def __len__(self) -> int:
        return len(self._starts)

    def start(self, number: int) -> int:
        """Where it begins in the file."""
        return self._starts[number]

    def length(self, number: int) -> int:
        """Its bytes."""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else self.size
        return end - self._starts[number]

    def address(self, number: int) -> str | None:
        """Its name; None for a hole."""
        digest = self._digests[number * _DIGEST : (number + 1) * _DIGEST]
        return None if digest == _NOWHERE else digest.hex()

    def within(self, offset: int, length: int) -> range:
        """The numbers of all that holds some of these bytes, which lie inside the image."""
        if not length:
            return range(0)
        return range(bisect_right(self._starts, offset) - 1, bisect_right(self._starts, offset + length - 1))


def fetched(fetch: Fetch, name: str) -> list[bytes]:
    """The blobs of a manifest, the root first."""
    (root,) = fetch([name])
    addresses = [address for _, address in manifest.segments(lambda _: [root], name)]
    return [root, *fetch(addresses)]


def laid_out(blobs: Iterable[bytes], name: str) -> Layout:
    """The layout that these blobs describe; raises Absent if one is missing."""
    known = {address_of(blob): blob for blob in blobs}

    def fetch(addresses: Sequence[str]) -> list[bytes]:
        if lacking := [address for address in addresses if address not in known]:
            raise Absent(f"the manifest {name} lacks its part {lacking[0]}")
        return [known[address] for address in addresses]

    return Layout(manifest.entries(fetch, name))


def write(path: Path, blobs: Iterable[bytes]) -> None:
    """Keep a manifest's blobs in a file, whole or not at all."""
    unfinished = path.with_suffix(".half")
    unfinished.write_bytes(b"".join(len(blob).to_bytes(4, "big") + blob for blob in blobs))
    unfinished.rename(path)


def read(path: Path) -> Iterator[bytes]:
    """The blobs in a file; none where there is no file."""
    content = path.read_bytes() if path.exists() else b""
    at = 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 4 + length]
        at += 4 + length
