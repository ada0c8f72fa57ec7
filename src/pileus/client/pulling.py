"""Pull an image: what of it is in files here is taken from there, the rest is fetched, all of it is checked.

What was fetched until an interruption lies in a file beside the one to be, and is used by the next pull.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from pileus.chunks import Damaged, Entry, ManifestWriter, unpack
from pileus.client.api import Failed, Images
from pileus.client.cut import Cut, cut

AT_ONCE = 128
"""Chunks fetched by one request: some 10 MiB."""

UNPACKED_MOST = 64 << 20
REQUESTS = 4
READ = 4 << 20

Told = Callable[[str, int], object]


class Pulled(NamedTuple):
    """What a pull cost."""

    size: int
    fetched: int
    """Bytes that travelled, compressed as they were."""


class Pull:
    """One pull of one image into one file; `near` are files that may hold much of it."""

    def __init__(self, images: Images, path: Path, near: Sequence[Path], told: Told) -> None:
        self._images = images
        self._path = path
        self._unfinished = path.with_name(f"{path.name}.unfinished")
        self._near = near
        self._told = told
        self._fetched = 0

    def run(self) -> Pulled:
        """All of it, until the file is there. Raises Failed, OSError."""
        image = self._images.image()
        pieces, size = self._list()
        here = self._look_near({piece.address for piece in pieces if piece.address})
        file = os.open(self._unfinished, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._fill(file, pieces, here)
            os.truncate(file, size)
            _check(file, image)
            os.fsync(file)
        finally:
            os.close(file)
        self._unfinished.rename(self._path)
        return Pulled(size, self._fetched)

    def _list(self) -> tuple[list[Cut], int]:
        """What the image is made of; the list itself is checked by its address."""
        pieces: list[Cut] = []
        writer = ManifestWriter(lambda blob: blake3(blob).hexdigest())
        offset: int | None = 0
        while offset is not None:
            page = self._images.made_of(offset)
            for length, address in page["entries"]:
                writer.add(Entry(length, address))
                pieces.append(Cut(offset, length, address))
                offset += length
            offset = page["next"]
        if writer.finish() != page["manifest"]:
            raise Failed("the cloud's list of the image's chunks is damaged, or the image was changed meanwhile")
        return pieces, page["size"]

    def _look_near(self, wanted: set[str]) -> dict[str, tuple[Path, Cut]]:
        """Where chunks lie in files that are here; an earlier, interrupted pull among them is looked at in place."""
        found: dict[str, tuple[Path, Cut]] = {}
        for path in self._near:
            for piece in cut(path):
                if piece.address in wanted:
                    found.setdefault(piece.address or "", (path, piece))
        return found

    def _fill(self, file: int, pieces: list[Cut], here: dict[str, tuple[Path, Cut]]) -> None:
        far: dict[str, list[Cut]] = {}
        with _Files() as files:
            for piece in pieces:
                if self._is_there(file, piece):
                    self._told("done", piece.length)
                elif piece.address in here and (data := files.read(*here[piece.address])) is not None:
                    os.pwrite(file, data, piece.offset)
                    self._told("done", piece.length)
                else:
                    far.setdefault(piece.address or "", []).append(piece)
        names = list(far)
        parts = [names[first : first + AT_ONCE] for first in range(0, len(names), AT_ONCE)]
        with ThreadPoolExecutor(REQUESTS, "pull") as threads:
            for content, part in zip(threads.map(self._images.fetch, parts), parts, strict=True):
                self._fetched += len(content)
                self._write(file, content, [far[name] for name in part])

    def _write(self, file: int, content: bytes, wanted: list[list[Cut]]) -> None:
        try:
            chunks = unpack(content, UNPACKED_MOST)
        except Damaged as error:
            raise Failed(f"what the cloud sent is damaged: {error}") from error
        for data, places in zip(chunks, wanted, strict=True):
            if blake3(data).hexdigest() != places[0].address:
                raise Failed("the cloud sent another chunk than it was asked for")
            for piece in places:
                os.pwrite(file, data, piece.offset)
                self._told("done", piece.length)

    def _is_there(self, file: int, piece: Cut) -> bool:
        """Whether an interrupted pull has written it, or it is zeros; what lies there instead of zeros is cleared."""
        if piece.address is not None:
            data = os.pread(file, piece.length, piece.offset)
            return len(data) == piece.length and blake3(data).hexdigest() == piece.address
        _clear(file, piece)
        return True


class _Files:
    """Files here, each opened once."""

    def __init__(self) -> None:
        self._open: dict[Path, int] = {}

    def read(self, path: Path, piece: Cut) -> bytes | None:
        """A chunk, if it still is there."""
        if path not in self._open:
            self._open[path] = os.open(path, os.O_RDONLY)
        data = os.pread(self._open[path], piece.length, piece.offset)
        return data if blake3(data).hexdigest() == piece.address else None

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._open.values():
            os.close(file)


def _clear(file: int, piece: Cut) -> None:
    """Zeros over whatever an earlier pull left there."""
    end = min(piece.offset + piece.length, os.fstat(file).st_size)
    for start in range(piece.offset, end, READ):
        length = min(READ, end - start)
        if os.pread(file, length, start).count(0) != length:
            os.pwrite(file, bytes(length), start)


def _check(file: int, image: dict[str, Any]) -> None:
    """Compare all of the file with the digest the image has had from its first day; a snapshot has none."""
    if image.get("os_hash_value") is None:
        return
    digest = hashlib.new(image["os_hash_algo"])
    for batch in _batches(file):
        digest.update(batch)
    if digest.hexdigest() != image["os_hash_value"]:
        raise Failed(f"the file's {image['os_hash_algo']} is not the image's")


def _batches(file: int) -> Iterator[bytes]:
    position = 0
    while batch := os.pread(file, READ, position):
        yield batch
        position += len(batch)
