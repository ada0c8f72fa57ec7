"""Pack files: chunks one after another, each with a header that tells its length and address.

    "chnk"  length, 4 bytes little endian  address, 32 bytes  the chunk
    "chnz"  length, 4 bytes little endian  address, 32 bytes  the chunk, one zstd frame of that length (RFC 8878)

The address is always that of the chunk itself. Stores made before there was the second kind hold only the first, and
are read as ever. A chunk is compressed if that saves an eighth of it; of what cannot be compressed only a sample is
tried, so that it costs almost nothing.

A pack is written by one writer, from its beginning, and never again once it is sealed: packs come and go whole. Thus a
pack alone tells what is in it, and the index can be made again from the packs.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

import zstandard
from blake3 import blake3

from pileus.chunks.errors import Damaged

PACK_BYTES = 64 << 20
HEADER = struct.Struct("<4sI32s")

CHUNK_MOST = 64 << 20
"""No chunk is larger, whatever a frame says of itself: the longest are roots of manifests, 40 bytes for 19 MiB."""

_PLAIN, _ZSTD = b"chnk", b"chnz"
_LEVEL = 1  # 300 MB/s and more; level 3 is half as fast and saves 4 % more on Debian's file systems
_SAMPLE = 4096
_WORTH = 7 / 8


class Place(NamedTuple):
    """Where a chunk lies in a pack: its first byte, bytes there, and bytes when unpacked; equal if not compressed."""

    pack: int
    position: int
    length: int
    size: int


class Packing:
    """Makes records of chunks; for one thread at a time."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)

    def record(self, digest: bytes, data: bytes | memoryview) -> tuple[bytes, bytes | memoryview]:
        """A chunk's header and what follows it: the chunk, compressed if that is worth it."""
        packed = self._compressor.compress(data) if self._is_promising(data) else data
        if len(packed) <= len(data) * _WORTH:
            return HEADER.pack(_ZSTD, len(packed), digest), packed
        return HEADER.pack(_PLAIN, len(data), digest), data

    def _is_promising(self, data: bytes | memoryview) -> bool:
        """Judged by some bytes in its middle; of a short one all are tried."""
        if len(data) <= 2 * _SAMPLE:
            return True
        middle = len(data) // 2
        return len(self._compressor.compress(data[middle : middle + _SAMPLE])) <= _SAMPLE * _WORTH


class Unpacking:
    """Gives chunks out of records; for one thread at a time."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor()

    def chunk(self, packed: bytes, size: int) -> bytes:
        """The chunk of that size; raises Damaged if there is none in these bytes."""
        if len(packed) == size:
            return packed
        try:
            if zstandard.frame_content_size(packed) != size:
                raise Damaged("a compressed chunk is of another size than noted")
            return self._decompressor.decompress(packed)
        except zstandard.ZstdError as error:
            raise Damaged("a compressed chunk cannot be unpacked") from error

    def record(self, content: memoryview, position: int) -> tuple[bytes, int, bytes] | None:
        """(digest, bytes that follow the header, chunk) of the record at a position, if there is a whole one."""
        if position > len(content) - HEADER.size:
            return None
        magic, length, digest = HEADER.unpack_from(content, position)
        packed = bytes(content[position + HEADER.size : position + HEADER.size + length])
        if magic not in (_PLAIN, _ZSTD) or len(packed) != length:
            return None
        try:
            data = self.chunk(packed, size_of(packed) if magic == _ZSTD else length)
        except Damaged:
            return None
        return (digest, length, data) if blake3(data).digest() == digest else None


def unpack(content: bytes, most: int) -> list[bytes]:
    """The chunks of records that follow one another, as somebody sent them; raises Damaged.

    All of them together may be of `most` bytes; that is known before any is unpacked.
    """
    unpacking, chunks, position = Unpacking(), [], 0
    while position < len(content):
        if position > len(content) - HEADER.size:
            raise Damaged("a record is cut short")
        magic, length, _ = HEADER.unpack_from(content, position)
        frame = content[position + HEADER.size : position + HEADER.size + length]
        most -= size_of(frame) if magic == _ZSTD else length
        found = unpacking.record(memoryview(content), position) if most >= 0 else None
        if found is None:
            raise Damaged("a record is not what it says, or there is too much")
        chunks.append(found[2])
        position += HEADER.size + length
    return chunks


def size_of(frame: bytes) -> int:
    """Bytes of a chunk in a zstd frame, by what the frame says; raises Damaged if it says nothing that can be."""
    try:
        size = zstandard.frame_content_size(frame)
    except zstandard.ZstdError as error:
        raise Damaged("a compressed chunk cannot be unpacked") from error
    if not len(frame) < size <= CHUNK_MOST:
        raise Damaged("a compressed chunk is of no size that can be")
    return size


def path_of(folder: Path, pack: int) -> Path:
    return folder / f"{pack:010d}.pack"


def packs_in(folder: Path) -> list[int]:
    """The numbers of all packs that have a file here."""
    return sorted(int(path.stem) for path in folder.glob("*.pack"))


def scan(folder: Path, pack: int) -> Iterator[tuple[bytes, Place]]:
    """(digest, place) of each whole chunk in a pack, past whatever is damaged or cut short."""
    content = path_of(folder, pack).read_bytes()
    for digest, *place in records(content):
        yield digest, Place(pack, *place)


def records(content: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """(digest, position, length, size) of each whole chunk in the bytes of a pack."""
    unpacking, position = Unpacking(), _next_magic(content, 0)
    while position >= 0:
        found = unpacking.record(memoryview(content), position)
        if found is None:
            position = _next_magic(content, position + 1)
            continue
        digest, length, data = found
        start = position + HEADER.size
        yield digest, start, length, len(data)
        position = _next_magic(content, start + length)


def _next_magic(content: bytes, start: int) -> int:
    """Where the next record may begin; -1 if nowhere."""
    while (start := content.find(_PLAIN[:3], start)) >= 0:
        if content.startswith((_PLAIN, _ZSTD), start):
            return start
        start += 1
    return -1


class Packs:
    """Packs open for reading, for as long as a `with` lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, int] = {}
        self._unpacking = Unpacking()

    def read(self, digest: bytes, place: Place, *, verify: bool) -> bytes:
        """A chunk. Raises FileNotFoundError if its pack has gone, Damaged if it is not what was put there."""
        file = self._files.get(place.pack)
        if file is None:
            file = self._files[place.pack] = os.open(path_of(self._folder, place.pack), os.O_RDONLY | os.O_CLOEXEC)
        packed = os.pread(file, place.length, place.position)
        if len(packed) != place.length:
            raise Damaged(f"chunk {digest.hex()} in pack {place.pack} is cut short")
        data = self._unpacking.chunk(packed, place.size)
        if verify and blake3(data).digest() != digest:
            raise Damaged(f"chunk {digest.hex()} in pack {place.pack} is damaged")
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files.values():
            os.close(file)
        self._files = {}
