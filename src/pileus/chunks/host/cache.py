"""Images on a host: each a flat file, made once from chunks, kept while in use and then as long as there is room.

Zeros are holes in the file. Chunks that another image here has, or an interrupted fetch of the same, are taken from
there; the rest comes from a source, several requests at a time. Every chunk is checked against its address on the way.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock

from pileus.chunks import manifest
from pileus.chunks.disk import Disk, room_needed
from pileus.chunks.errors import ChunkError, StoreFull
from pileus.chunks.host.fetching import REQUESTS, Fetching, checked
from pileus.chunks.host.shelf import Shelf, Spot
from pileus.chunks.manifest import address_of
from pileus.chunks.store import Source


class ImageCache:
    """The images of one host, of which those nobody holds may be given up to stay within `limit` bytes."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._disk = Disk()
        self._disk.make_folder(folder)
        self._lock = self._disk.lock(folder / "lock")
        if self._lock is None:
            raise ChunkError(f"another process uses the image cache in {folder}")
        self._shelf = Shelf(folder)
        self._threads = ThreadPoolExecutor(REQUESTS, "image-cache")
        self._turns: dict[str, Lock] = {}
        self._shelf.remove_strangers()

    def fetch(self, name: str, source: Source, holder: str) -> Path:
        """The file of an image, fetched unless it is here; kept until `holder` unpins it. Never write to it.

        Whoever asks for an image that is being fetched waits for it. Raises StoreFull if the images in use leave no
        room, Absent or Damaged, and what the source raises; what was fetched until then is used at the next attempt.
        """
        if not manifest.is_address(name):
            raise ValueError(f"{name!r} is not the name of an object")
        with self._turns.setdefault(name, Lock()):
            if not self._shelf.pin_complete(name, holder):
                self._bring(name, source, holder)
        return self._shelf.path(name)

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

    def forget(self, name: str) -> bool:
        """Give up an image; False, and it stays, if somebody holds it."""
        return self._shelf.forget(name)

    def close(self) -> None:
        self._threads.shutdown()
        self._shelf.close()
        if self._lock is not None:
            self._disk.close(self._lock)
            self._lock = None

    def _bring(self, name: str, source: Source, holder: str) -> None:
        fetch = partial(checked, source)
        size = data_bytes = 0
        for _, entry in manifest.entries(fetch, name):
            size += entry.length
            data_bytes += entry.length if entry.address else 0
        self._shelf.make_room(name, holder, data_bytes, self._limit)
        unfinished = self._shelf.unfinished(name)
        try:
            with room_needed(), Fetching(unfinished, source, self._near, self._threads) as fetching:
                for spots in fetching.fill(manifest.entries(fetch, name)):
                    self._shelf.add(spots)
                fetching.finish(size)
            unfinished.rename(self._shelf.path(name))
            self._disk.sync_folder(self._folder)
            self._shelf.complete(name)
        except BaseException as error:
            self._shelf.unpin(name, holder)
            if isinstance(error, StoreFull):
                self._shelf.forget(name)
            raise

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
