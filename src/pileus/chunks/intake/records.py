"""How an object travels as a parcel: records that say of each part whether it is known, new, or zeros.

Each record is a kind, a length and an address; the bytes of a new chunk follow theirs. `SAME` stands for everything
that an older object has between this position and the end of the record, so that little is said of what is as it was.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from pileus.chunks.cutting import MOST
from pileus.chunks.errors import ChunkError
from pileus.chunks.intake.parcel import Parcel
from pileus.chunks.manifest import Entry

SAME, ZEROS, KNOWN, NEW = b"=", b"0", b"#", b"+"

_HEADER = struct.Struct("<cQ32s")
_NOWHERE = bytes(32)
_AT_ONCE = 512


class Older(NamedTuple):
    """An older object: its chunks with their positions from the one that holds an offset, and what they hold."""

    entries: Callable[[int], Iterator[tuple[int, Entry]]]
    fetch: Callable[[Sequence[str]], Iterable[bytes]]


class Unsound(ChunkError):
    """A parcel that does not hold what it says."""


class Record(NamedTuple):
    """One part of an object."""

    kind: bytes
    length: int
    address: str | None = None

    def packed(self) -> bytes:
        """As it travels; the bytes of a new chunk are to follow."""
        return _HEADER.pack(self.kind, self.length, bytes.fromhex(self.address) if self.address else _NOWHERE)


class Unpacking:
    """Takes records in batches of any size and puts what they say into a parcel.  Raises Unsound, Absent, StoreFull."""

    def __init__(self, parcel: Parcel, older: Older | None, most: int) -> None:
        """`most` is how large the object may become."""
        self._parcel = parcel
        self._older = older
        self._most = most
        self._rest = b""
        self.size = 0

    def feed(self, batch: bytes) -> None:
        """The next bytes; less than a record is kept for later."""
        self._rest += batch
        at, known, new = 0, list[Entry](), list[bytes]()
        while (record := _record(self._rest, at)) is not None:
            at += _HEADER.size + (record.length if record.kind == NEW else 0)
            self._count(record)
            if record.kind != NEW:
                self._add(new)
            if record.kind not in (KNOWN, ZEROS):
                self._refer(known)
            match record.kind:
                case b"+":
                    new.append(self._rest[at - record.length : at])
                case b"=":
                    self._repeat(record.length)
                case _:
                    known.append(Entry(record.length, record.address))
        self._add(new)
        self._refer(known)
        self._rest = self._rest[at:]

    def finish(self) -> str:
        """The object's name, now that all has come."""
        if self._rest:
            raise Unsound("the parcel was cut short")
        return self._parcel.finish()

    def _count(self, record: Record) -> None:
        self.size += record.length
        if not record.length or self.size > self._most:
            raise Unsound(f"the object is larger than {self._most} bytes, or a part of it is empty")

    def _add(self, chunks: list[bytes]) -> None:
        if chunks:
            self._parcel.add(chunks)
            chunks.clear()

    def _refer(self, entries: list[Entry]) -> None:
        if entries:
            self._parcel.refer(entries)
            entries.clear()

    def _repeat(self, length: int) -> None:
        """Whole chunks of the older object, from the position that has been reached."""
        position, end = self.size - length, self.size
        if self._older is None:
            raise Unsound("there is no older object")
        older = self._older.entries(position)
        while position < end:
            group = list(islice(older, _AT_ONCE))
            entries = [entry for at, entry in group if at < end]
            if not group or group[0][0] != position:
                raise Unsound(f"the older object has no chunk that begins at {position}")
            position += sum(entry.length for entry in entries)
            self._parcel.repeat(entries, self._older.fetch)
        if position != end:
            raise Unsound(f"the older object has no chunk that ends at {end}")


def _record(buffer: bytes, at: int) -> Record | None:
    """The record that begins there, if it is there with all that follows it."""
    if at + _HEADER.size > len(buffer):
        return None
    kind, length, address = _HEADER.unpack_from(buffer, at)
    if kind not in (SAME, ZEROS, KNOWN, NEW):
        raise Unsound("a part of the parcel is of no known kind")
    if kind == NEW and length > MOST:
        raise Unsound(f"no chunk is larger than {MOST} bytes")
    if kind == NEW and at + _HEADER.size + length > len(buffer):
        return None
    return Record(kind, length, address.hex() if kind == KNOWN else None)
