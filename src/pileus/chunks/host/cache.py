"""Images on a host: each a flat file, made once from chunks, kept while in use and then as long as there is room.

Zeros are holes in the file. Chunks that another image here has, or an interrupted fetch of the same, are taken from
there; the rest comes from a source, several requests at a time. Every chunk is checked against its address on the way.

An image may be used before it is whole (`promise`): its file is there at once with its full size, and chunks come when
they are asked for (`bring`), until `fetch` completes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock, RLock
from typing import NamedTuple

from pileus.chunks import manifest
from pileus.chunks.disk import Disk, room_needed
from pileus.chunks.errors import Absent, ChunkError, StoreFull
from pileus.chunks.host import layout as layouts
from pileus.chunks.host.arrival import Arrival, checked
from pileus.chunks.host.layout import Layout
from pileus.chunks.host.shelf import Shelf, Spot
from pileus.chunks.host.turns import Precedence
from pileus.chunks.manifest import address_of
from pileus.chunks.store import Source

REQUESTS = 4  # at a time, to complete images
AHEAD = 8  # at a time, for what somebody is going to wait for

SPARE = 64 << 20
"""Bytes of the disk that images leave to whoever else lives on it: guests that run, the host's records, the cloud's."""


class Promised(NamedTuple):
    """The file of an image, and whether all of it is there."""

    path: Path
    is_whole: bool


class ImageCache:
    """The images of one host, of which those nobody holds may be given up to stay within `limit` bytes and the disk."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = self._folder = folder
        self._limit = limit
        self._disk = Disk()
        self._disk.make_folder(folder)
        self._lock = self._disk.lock(folder / "lock")
        if self._lock is None:
            raise ChunkError(f"another process uses the image cache in {folder}")
        self._shelf = Shelf(folder)
        self._threads = ThreadPoolExecutor(REQUESTS, "image-cache")
        self._ahead = ThreadPoolExecutor(AHEAD, "image-ahead")
        self._turns: dict[str, Lock] = {}
        self._changing = RLock()
        """Held where an image comes, becomes whole or goes, so that it is never found in between."""
        self._arrivals: dict[str, Arrival] = {}
        self._precedence = Precedence()
        self._shelf.remove_strangers()

    def fetch(self, name: str, source: Source, holder: str) -> Path:
        """The file of an image, fetched unless it is here; kept until `holder` unpins it. Never write to it.

        Whoever asks for an image that is being fetched waits for it. Raises StoreFull if the images in use leave no
        room, Absent or Damaged, and what the source raises; what was fetched until then is used at the next attempt.
        """
        _check(name)
        with self._turns.setdefault(name, Lock()):
            if not self._shelf.pin_complete(name, holder):
                with self._all_or_nothing(name, holder):
                    self._complete(name, self._begin(name, source, holder), source)
        return self._shelf.path(name)

    def promise(self, name: str, source: Source, holder: str) -> Promised:
        """The file of an image, of which all but its first chunk may be yet to come; kept until `holder` unpins it.

        Raises what `fetch` raises.
        """
        _check(name)
        if not self._shelf.pin_complete(name, holder):
            with self._all_or_nothing(name, holder):
                arrival = self._begin(name, source, holder)
                self._bring(arrival, arrival.layout.within(0, min(1, arrival.layout.size)), source)
        return self.promised(name)

    def promised(self, name: str) -> Promised:
        """The file of an image that was promised."""
        with self._changing:
            is_whole = self._shelf.path(name).exists()
            return Promised(self._shelf.path(name) if is_whole else self._shelf.unfinished(name), is_whole)

    def bring(self, name: str, numbers: Iterable[int], source: Source, *, ahead: bool = False) -> int:
        """Come back when these chunks of a promised image are there; bytes that had to come from the source.

        Completing images waits meanwhile. Many chunks that somebody is going to want soon are asked for `ahead`,
        several at a time. Raises what `fetch` raises, and Absent for an image that was not promised.
        """
        _check(name)
        with self._changing:
            if self._shelf.path(name).exists():
                return 0
            if name not in self._shelf.images():
                raise Absent(f"the image {name} was not promised")
        arrival = self._begin(name, source, None)
        known = (number for number in numbers if 0 <= number < len(arrival.layout))
        return self._bring(arrival, known, source, self._ahead if ahead else None)

    def unpin(self, name: str, holder: str) -> None:
        """`holder` no longer needs this image. May be called again."""
        self._shelf.unpin(name, holder)

    def pins(self) -> dict[str, set[str]]:
        """Who holds which image; it outlives a restart."""
        return self._shelf.pins()

    def images(self) -> list[str]:
        """The whole images here, longest unused first."""
        return [name for name, is_whole in self._shelf.images().items() if is_whole]

    def used(self) -> int:
        """Bytes of images, unfinished ones included, holes not."""
        return self._shelf.used()

    def is_sound(self, name: str) -> bool:
        """Read an image and compare every chunk with its address."""
        return all(self._read(spot) is not None for spot in self._shelf.spots_in(name))

    def chunk_of(self, name: str, address: str) -> bytes | None:
        """A chunk of an image, or a part of its manifest, if both are here."""
        found = [self._read(spot) for spot in self._shelf.spots_of(address, within=name)]
        parts = () if found else layouts.read(self._shelf.map(name))
        return next((data for data in (*found, *parts) if data is not None and address_of(data) == address), None)

    def forget(self, name: str) -> bool:
        """Give up an image; False, and it stays, if somebody holds it."""
        with self._changing:
            is_gone = self._shelf.forget(name)
            if is_gone:
                self._arrivals.pop(name, None)
            return is_gone

    def close(self) -> None:
        self._threads.shutdown()
        self._ahead.shutdown()
        self._shelf.close()
        if self._lock is not None:
            self._disk.close(self._lock)
            self._lock = None

    def _begin(self, name: str, source: Source, holder: str | None) -> Arrival:
        """The file that fills; begun, or taken up again after a restart."""
        known = self._arrivals.get(name)
        blobs = self._blobs(name, source) if known is None else []
        layout = layouts.laid_out(blobs, name) if known is None else known.layout
        with self._changing, room_needed():
            if holder is not None:
                self._make_room(name, holder, layout)
            if known is not None and name not in self._arrivals:  # it was given up meanwhile
                return self._begin(name, source, holder)
            if name not in self._arrivals:
                layouts.write(self._shelf.map(name), blobs)
                self._arrivals[name] = Arrival(self._shelf.unfinished(name), layout, self._near, self._shelf.add)
            return self._arrivals[name]

    def _make_room(self, name: str, holder: str, layout: Layout) -> None:
        for gone in self._shelf.make_room(name, holder, layout.data_bytes, self._bound()):
            self._arrivals.pop(gone, None)

    def _bound(self) -> int:
        """Bytes that all images may have: the limit, or less where the disk has less."""
        return min(self._limit, max(0, self._shelf.used() + self._disk.free(self._folder) - SPARE))

    def _blobs(self, name: str, source: Source) -> list[bytes]:
        """Those of an image's manifest, from here if they are."""
        kept = list(layouts.read(self._shelf.map(name)))
        with suppress(Absent):
            layouts.laid_out(kept, name)
            return kept
        return layouts.fetched(partial(checked, source), name)

    def _bring(
        self, arrival: Arrival, numbers: Iterable[int], source: Source, threads: ThreadPoolExecutor | None = None
    ) -> int:
        with self._precedence.taken(), room_needed():
            return arrival.bring(numbers, source, threads)

    def _complete(self, name: str, arrival: Arrival, source: Source) -> None:
        with room_needed():
            arrival.fill(source, self._threads, self._precedence.give)
            arrival.finish()
        with self._changing:
            arrival.path.rename(self._shelf.path(name))
            self._disk.sync_folder(self._folder)
            self._shelf.complete(name)
            self._arrivals.pop(name, None)

    @contextmanager
    def _all_or_nothing(self, name: str, holder: str) -> Iterator[None]:
        """Without the image there is no pin, and where it has no room nothing of it stays."""
        try:
            yield
        except BaseException as error:
            if isinstance(error, StoreFull):
                self._free(name, holder)
            self._shelf.unpin(name, holder)
            if isinstance(error, StoreFull):
                self.forget(name)
            raise

    def _free(self, name: str, holder: str) -> None:
        """Give its bytes back before that is written down: on a full disk even a note needs room."""
        with self._changing:
            if self._shelf.pins().get(name, set()) <= {holder}:
                self._disk.remove(self._shelf.unfinished(name))

    def _near(self, address: str) -> bytes | None:
        found = (self._read(spot) for spot in self._shelf.spots_of(address))
        return next((data for data in found if data is not None), None)

    def _read(self, spot: Spot) -> bytes | None:
        """A chunk out of the file of an image, if it really is there."""
        for path in (self._shelf.path(spot.name), self._shelf.unfinished(spot.name)):
            with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
                data = os.pread(file.fileno(), spot.length, spot.position)
                return data if address_of(data) == spot.address else None
        return None


def _check(name: str) -> None:
    if not manifest.is_address(name):
        raise ValueError(f"{name!r} is not the name of an object")
