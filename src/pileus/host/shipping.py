"""Send a disk that is held still to the cloud: cut what changed, ask what is missing, send no more than that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from pileus.chunks import manifest
from pileus.chunks.errors import Damaged
from pileus.chunks.host.arrival import checked
from pileus.chunks.intake.records import KNOWN, NEW, SAME, ZEROS, Record
from pileus.chunks.manifest import address_of
from pileus.chunks.recutting import NOTHING, Old, Part, recut
from pileus.chunks.store import Source
from pileus.compute.host.hypervisor import Still
from pileus.compute.host.spec import ImageRef, SeenSnapshot, Snapshot

AT_ONCE = 1000
"""Chunks asked about at once."""

UNCHANGED_FORMATS = ("raw", "ami")
"""Images whose bytes are those of the disk; of others the chunks are of something else."""


class Stopped(Exception):
    """Nobody wants it any more."""


class Cloud(Source, Protocol):
    """The way to the cloud, as far as a delivery needs it; every verb may raise what the way raises."""

    def missing(self, addresses: Sequence[str]) -> set[str]:
        """Which of these chunks the cloud does not have."""

    def deliver(self, kind: str, id: str, parcel: Iterable[bytes]) -> None:
        """Bring an object for a thing that was asked for."""


class Pace:
    """Reads from a disk no faster than so many bytes a second, and until it is told to stop."""

    def __init__(self, still: Still, rate: int, stop: threading.Event) -> None:
        self._still = still
        self._rate = rate
        self._stop = stop
        self._free_at = time.monotonic()
        self.read_bytes = 0

    def read(self, position: int, length: int) -> bytes:
        """So many bytes; raises Stopped, OSError."""
        now = time.monotonic()
        if self._stop.wait(max(0.0, self._free_at - now)):
            raise Stopped
        self._free_at = max(self._free_at, now) + length / self._rate
        self.read_bytes += length
        return self._still.read(position, length)


class Line(NamedTuple):
    """A part of the new object, and where its bytes lie."""

    record: Record
    position: int


def ship(order: Snapshot, still: Still, cloud: Cloud, pace: Pace, tell: Callable[[SeenSnapshot], None]) -> None:
    """Bring the disk to the cloud, which then has it whole.  Raises Stopped, OSError, and what the way raises."""
    seen = partial(SeenSnapshot, order.id, order.guest_id)
    tell(seen("reading"))
    lines = [_line(part) for part in recut(older(order.disk.image, cloud), still.size, still.changes, pace.read)]
    missing = missing_of(lines, cloud)
    sent = sum(line.record.length for line in lines if line.record.address in missing)
    told = partial(seen, read_bytes=pace.read_bytes, sent_bytes=sent)
    tell(told("sending"))
    cloud.deliver("snapshot", order.id, records(lines, missing, pace))
    tell(told("done"))


def in_this_process(cloud: Callable[[], Cloud], rate: int) -> Callable[..., None]:
    """A way to ship that works in the thread it is called in; `rate` is in bytes of disk a second."""

    def shipping(order: Snapshot, still: Still, stop: threading.Event, tell: Callable[[SeenSnapshot], None]) -> None:
        ship(order, still, cloud(), Pace(still, rate, stop), tell)

    return shipping


def older(image: ImageRef | None, cloud: Source) -> Old:
    """The image below the disk, where its chunks are those of the disk."""
    if image is None or image.format not in UNCHANGED_FORMATS:
        return NOTHING
    fetch = partial(checked, cloud)
    size = sum(length for length, _ in manifest.segments(fetch, image.manifest))
    return Old(size, manifest.entries(fetch, image.manifest))


def _line(part: Part) -> Line:
    if part.piece is None:
        return Line(Record(SAME, part.length), part.position)
    if part.piece.data is None:
        return Line(Record(ZEROS, part.length), part.position)
    return Line(Record(KNOWN, part.length, address_of(part.piece.data)), part.position)


def missing_of(lines: Sequence[Line], cloud: Cloud) -> set[str]:
    """Of the new chunks those that the cloud does not have."""
    new = sorted({line.record.address for line in lines if line.record.address})
    found: set[str] = set()
    for first in range(0, len(new), AT_ONCE):
        found |= cloud.missing(new[first : first + AT_ONCE])
    return found


def records(lines: Iterable[Line], missing: set[str], pace: Pace) -> Iterator[bytes]:
    """The parcel; the bytes of what is missing are read a second time, so that few are in memory."""
    for (kind, length, address), position in lines:
        if address not in missing:
            yield Record(kind, length, address).packed()
            continue
        data = pace.read(position, length)
        if address_of(data) != address:
            raise Damaged("the disk has changed although it was held still")
        yield Record(NEW, length).packed() + data
