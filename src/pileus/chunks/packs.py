"""Pack files: chunks one after another, each with a header that tells its length and address.

    "chnk"  length, 4 bytes little endian  address, 32 bytes  the chunk

A pack is written by one writer, from its beginning, and never again once it is sealed: packs come and go whole. Thus a
pack alone tells what is in it, and the index can be made again from the packs.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from blake3 import blake3

from pileus.chunks.errors import Damaged

PACK_BYTES = 64 << 20
HEADER = struct.Struct("<4sI32s")

_MAGIC = b"chnk"


class Place(NamedTuple):
    """Where a chunk's bytes begin in a pack, and how many there are."""

    pack: int
    position: int
    length: int


def path_of(folder: Path, pack: int) -> Path:
    return folder / f"{pack:010d}.pack"


def packs_in(folder: Path) -> list[int]:
    """The numbers of all packs that have a file here."""
    return sorted(int(path.stem) for path in folder.glob("*.pack"))


def header_of(digest: bytes, length: int) -> bytes:
    return HEADER.pack(_MAGIC, length, digest)


def scan(folder: Path, pack: int) -> Iterator[tuple[bytes, Place]]:
    """(digest, place) of each whole chunk in a pack, past whatever is damaged or cut short."""
    content = path_of(folder, pack).read_bytes()
    position = content.find(_MAGIC)
    while 0 <= position <= len(content) - HEADER.size:
        _, length, digest = HEADER.unpack_from(content, position)
        start = position + HEADER.size
        is_whole = blake3(memoryview(content)[start : start + length]).digest() == digest
        if is_whole:
            yield digest, Place(pack, start, length)
        position = content.find(_MAGIC, start + length if is_whole else position + 1)


class Packs:
    """Packs open for reading, for as long as a `with` lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, int] = {}

    def read(self, digest: bytes, place: Place, *, verify: bool) -> bytes:
        """A chunk. Raises FileNotFoundError if its pack has gone, Damaged if it is not what was put there."""
        file = self._files.get(place.pack)
        if file is None:
            file = self._files[place.pack] = os.open(path_of(self._folder, place.pack), os.O_RDONLY | os.O_CLOEXEC)
        data = os.pread(file, place.length, place.position)
        if len(data) != place.length or (verify and blake3(data).digest() != digest):
            raise Damaged(f"chunk {digest.hex()} in pack {place.pack} is damaged")
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files.values():
            os.close(file)
        self._files = {}
