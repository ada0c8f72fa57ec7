"""What a stored object is made of: a list of chunks, itself kept as blobs among the chunks.

A manifest has two levels, so that one of any length is written and read a little at a time, from any offset:

    root     "plr" 1, then per segment 8 bytes length (little endian) and 32 bytes address
    segment  "pls" 1, then per chunk the same; an address of zeros stands for that many zeros, kept nowhere

The address of the root is the name of the object. A segment ends after a chunk whose address begins with a zero byte
(256 chunks or 19 MiB on average), so that two objects that differ little share most of their segments as well.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from blake3 import blake3

from pileus.chunks.errors import Damaged

ROOT = b"plr\x01"
SEGMENT = b"pls\x01"
SEGMENT_MOST = 4096  # chunks; 160 KiB
SEGMENTS_AT_ONCE = 8

_RECORD = struct.Struct("<Q32s")
_NOWHERE = bytes(32)

Fetch = Callable[[Sequence[str]], Iterable[bytes]]
Keep = Callable[[bytes], str]


class Entry(NamedTuple):
    """`length` bytes of an object; `address` is None for zeros."""

    length: int
    address: str | None


def address_of(blob: bytes | memoryview) -> str:
    """The name of a chunk: BLAKE3 of its bytes, 64 hexadecimal digits."""
    return blake3(blob).hexdigest()


def is_address(text: str) -> bool:
    """Whether a text may be the name of a chunk or object."""
    return len(text) == 64 and not text.strip("0123456789abcdef")


class Writer:
    """Collects entries in order, and hands the blobs of the manifest to `keep`, which answers their address."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._segment: list[Entry] = []
        self._root: list[Entry] = []

    def add(self, entry: Entry) -> None:
        self._segment.append(entry)
        is_marked = entry.address is not None and entry.address.startswith("00")
        if is_marked or len(self._segment) == SEGMENT_MOST:
            self._end_segment()

    def finish(self) -> str:
        """Keep what is left and the root; the root's address."""
        if self._segment:
            self._end_segment()
        return self._keep(_encode(ROOT, self._root))

    def _end_segment(self) -> None:
        length = sum(entry.length for entry in self._segment)
        self._root.append(Entry(length, self._keep(_encode(SEGMENT, self._segment))))
        self._segment = []


def segments(fetch: Fetch, manifest: str) -> list[tuple[int, str]]:
    """(bytes of the object that it covers, address) of each segment."""
    (root,) = fetch([manifest])
    return [(length, address) for length, address in _decode(ROOT, root) if address is not None]


def addresses(fetch: Fetch, manifests: Iterable[str]) -> Iterator[str]:
    """All that these objects are made of, their manifests included. Raises Absent if one of them is not there."""
    seen: set[str] = set()
    for name in manifests:
        new = [address for _, address in segments(fetch, name) if address not in seen]
        seen.update(new)
        yield name
        yield from new
        yield from (entry.address for entry in _entries_of(fetch, new) if entry.address)


def named_in(blob: bytes) -> set[bytes]:
    """The digests that a root or a segment names. Raises Damaged if it is neither."""
    if not blob.startswith((ROOT, SEGMENT)) or (len(blob) - len(ROOT)) % _RECORD.size:
        raise Damaged("this chunk is not a manifest of a version known here")
    return {blob[at : at + 32] for at in range(len(ROOT) + 8, len(blob), _RECORD.size)} - {_NOWHERE}


def segments_in(root: bytes) -> list[str]:
    """The addresses of the segments a root names. Raises Damaged if it is none."""
    return [address for _, address in _decode(ROOT, root) if address is not None]


def entries(fetch: Fetch, manifest: str, offset: int = 0) -> Iterator[tuple[int, Entry]]:
    """(position, entry) in order, from the entry that holds `offset`; a few segments are in memory at a time."""
    position = 0
    wanted: list[str] = []
    for length, address in segments(fetch, manifest):
        if not wanted and position + length <= offset:
            position += length
        else:
            wanted.append(address)
    for entry in _entries_of(fetch, wanted):
        if position + entry.length > offset:
            yield position, entry
        position += entry.length


def _entries_of(fetch: Fetch, addresses: list[str]) -> Iterator[Entry]:
    for first in range(0, len(addresses), SEGMENTS_AT_ONCE):
        for blob in fetch(addresses[first : first + SEGMENTS_AT_ONCE]):
            yield from _decode(SEGMENT, blob)


def _encode(magic: bytes, items: Iterable[Entry]) -> bytes:
    records = (_RECORD.pack(length, bytes.fromhex(address) if address else _NOWHERE) for length, address in items)
    return magic + b"".join(records)


def _decode(magic: bytes, blob: bytes) -> list[Entry]:
    if not blob.startswith(magic) or (len(blob) - len(magic)) % _RECORD.size:
        raise Damaged("this chunk is not a manifest of a version known here")
    records = _RECORD.iter_unpack(memoryview(blob)[len(magic) :])
    return [Entry(length, None if address == _NOWHERE else address.hex()) for length, address in records]
