"""Cut a file as the cloud would: where each chunk lies in it, and its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from pileus.chunks import Cutter, Piece

READ = 4 << 20


class Cut(NamedTuple):
    """A chunk of a file, or a run of zeros in it."""

    offset: int
    length: int
    address: str | None


def cut(path: Path) -> Iterator[Cut]:
    """All of a file, in order; holes are not looked for, zeros are found as they are read."""
    cutter, offset = Cutter(), 0
    with path.open("rb", buffering=0) as file:
        while batch := file.read(READ):
            for piece in cutter.feed(batch):
                yield _named(offset, piece)
                offset += piece.length
    for piece in cutter.finish():
        yield _named(offset, piece)
        offset += piece.length


def _named(offset: int, piece: Piece) -> Cut:
    return Cut(offset, piece.length, None if piece.data is None else blake3(piece.data).hexdigest())
