"""Cut again what changed of an object whose chunks are known; the chunks come out as if all of it had been cut.

From a cut on, the next one depends on nothing that lies before it (see `cutting.py`). So a chunk of the old object is
one of the new where a cut falls on its beginning, and nothing has changed in it, nor, where a hole follows, in the
zeros that showed the hole. Only around changes bytes are read, until the cuts fall where they fell before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pileus.chunks.cutting import BLOCK, HOLE, Cutter, Piece
from pileus.chunks.manifest import Entry

STRIDE = 1 << 18
"""Bytes read at a time while a cut is looked for."""

Read = Callable[[int, int], bytes]
"""`read(position, length)`: so many bytes of the new object."""


class Change(NamedTuple):
    """Where the new object differs, or may differ, from the old one; `zeros` where it is known to be zeros now."""

    start: int
    end: int
    zeros: bool = False


class Part(NamedTuple):
    """A part of the new object: the same as in the old one, or a piece newly cut (zeros, where it has no data)."""

    position: int
    length: int
    piece: Piece | None


class Old(NamedTuple):
    """The object as it was: its size and its chunks with their positions; of nothing, no chunks."""

    size: int
    entries: Iterable[tuple[int, Entry]]


NOTHING = Old(0, ())


def recut(old: Old, size: int, changes: Sequence[Change], read: Read) -> Iterator[Part]:
    """The parts of the new object in order.  What lies behind the end of the old one is zeros unless it changed."""
    return _Recutting(old, size, changes, read).parts()


class _Recutting:
    def __init__(self, old: Old, size: int, changes: Sequence[Change], read: Read) -> None:
        self._size = size
        self._read = read
        self._map = _Map([*changes, *_beyond(old.size, size, changes)])
        self._old = _kept(old, size, self._map)
        self._next = next(self._old, None)

    def parts(self) -> Iterator[Part]:
        position = 0
        while position < self._size:
            same = self._same_at(position)
            if same:
                yield Part(position, same, None)
                position += same
            else:
                for part in self._cut_from(position):
                    yield part
                    position += part.length

    def _same_at(self, position: int) -> int:
        """Bytes from here on that are as they were, whole chunks of them; 0 where the next one is not."""
        end = position
        while self._next is not None and self._next[0] <= end:
            if self._next[0] == end:
                end = self._next[1]
            self._next = next(self._old, None)
        return end - position

    def _is_known(self, position: int) -> bool:
        """Whether an old chunk that stays begins here."""
        while self._next is not None and self._next[0] < position:
            self._next = next(self._old, None)
        return self._next is not None and self._next[0] == position

    def _cut_from(self, start: int) -> Iterator[Part]:
        """New pieces until a cut falls where an old chunk begins that stays, or to the end."""
        cutter, position, at = Cutter(), start, start
        while at < self._size:
            pieces, at = self._feed(cutter, at)
            for piece in pieces:
                yield Part(position, piece.length, piece)
                position += piece.length
                if self._is_known(position):
                    return
        for piece in cutter.finish():
            yield Part(position, piece.length, piece)
            position += piece.length

    def _feed(self, cutter: Cutter, at: int) -> tuple[list[Piece], int]:
        end, zeros = self._map.run_at(at, self._size)
        if zeros:
            return cutter.skip(end - at), end
        end = min(end, at + STRIDE)
        return cutter.feed(self._read(at, end - at)), end


def _beyond(old: int, size: int, changes: Sequence[Change]) -> list[Change]:
    """The zeros behind the end of the old object, where nothing was written."""
    edges = [old]
    for change in sorted(changes):
        if change.end > old:
            edges += [max(change.start, old), change.end]
    edges.append(size)
    return [Change(a, b, zeros=True) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


class _Map:
    """Changes in order, and the stretches between them."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = sorted(change for change in changes if change.start < change.end)
        self._starts = [change.start for change in self._changes]

    def run_at(self, position: int, size: int) -> tuple[int, bool]:
        """Where the stretch of one kind that holds a position ends, and whether it is known to be zeros."""
        number = bisect_right(self._starts, position) - 1
        if number >= 0 and position < self._changes[number].end:
            return min(self._changes[number].end, size), self._changes[number].zeros
        following = self._starts[number + 1] if number + 1 < len(self._starts) else size
        return min(following, size), False

    def touches(self, start: int, end: int) -> bool:
        """Whether something changed between two positions."""
        number = bisect_right(self._starts, start) - 1
        if number >= 0 and start < self._changes[number].end:
            return True
        return number + 1 < len(self._starts) and self._starts[number + 1] < end


def _kept(old: Old, size: int, changed: _Map) -> Iterator[tuple[int, int]]:
    """Beginnings and ends of the old chunks that are chunks of the new object as well, if a cut falls before them."""
    chain: Iterable[tuple[int, Entry | None]] = _ended(old)
    for (start, entry), (end, following) in pairwise(chain):
        seen = end
        if entry is not None and entry.address is None:
            seen += BLOCK  # the block that ended the hole
        elif following is not None and following.address is None:
            seen += HOLE
        is_last = end == old.size and size != old.size
        if not is_last and not changed.touches(start, min(seen, old.size)):
            yield start, end


def _ended(old: Old) -> Iterator[tuple[int, Entry | None]]:
    yield from old.entries
    yield old.size, None
