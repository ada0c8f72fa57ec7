"""Push a file: cut it, ask which chunks the cloud lacks, send those, and have the image made of them.

Some groups of chunks are under way at a time: while one is sent, the next is asked about and another is cut. Whatever
interrupts it, the same push again asks the same questions, and what was sent before is not missing any more.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from threading import Event
from typing import NamedTuple

from blake3 import blake3

from pileus.chunks import Entry, ManifestWriter, Packing
from pileus.client.api import Failed, Images
from pileus.client.cut import Cut, cut

GROUP = 1024
"""Chunks asked about at once: some 76 MiB."""

PART = 16 << 20
"""Bytes of chunks sent at once."""

UNDER_WAY = 4
TRIES = 5
"""Times that a cloud may find something missing which was not when it was asked."""

Told = Callable[[str, int], object]
"""Hears of progress: `("cut", bytes)` and `("sent", bytes)`."""


class Pushed(NamedTuple):
    """What a push cost."""

    size: int
    sent: int
    """Bytes that travelled, compressed as they were."""


class Push:
    """One push of one file to one image."""

    def __init__(self, images: Images, path: Path, told: Told) -> None:
        self._images = images
        self._path = path
        self._told = told
        self._blobs: dict[str, bytes] = {}
        self._sent = 0

    def run(self, *, store: str | None = None) -> Pushed:
        """All of it, until the image is active. Raises Failed."""
        self._images.begin(store)
        listing = ManifestWriter(self._note)
        size = 0
        with _Ahead(UNDER_WAY) as ahead:
            for group in _groups(cut(self._path), GROUP):
                for piece in group:
                    listing.add(Entry(piece.length, piece.address))
                length = sum(piece.length for piece in group)
                size += length
                self._told("cut", length)
                ahead.do(self._send_missing, group)
            ahead.finish()
        self._finish(listing.finish())
        return Pushed(size, self._sent)

    def _note(self, blob: bytes) -> str:
        address = blake3(blob).hexdigest()
        self._blobs[address] = blob
        return address

    def _send_missing(self, group: list[Cut]) -> None:
        places = {piece.address: piece for piece in group if piece.address is not None}
        self._send(places[address] for address in self._images.missing(list(places)))

    def _send(self, pieces: Iterable[Cut]) -> None:
        file = os.open(self._path, os.O_RDONLY)
        try:
            self._post((piece.address or "", _read(file, piece)) for piece in pieces)
        finally:
            os.close(file)

    def _post(self, chunks: Iterator[tuple[str, bytes]]) -> None:
        """Send chunks, as many in one request as make a part."""
        packing = Packing()
        records: list[bytes] = []
        held = unpacked = 0
        for address, data in chunks:
            record = [bytes(part) for part in packing.record(bytes.fromhex(address), data)]
            records += record
            held += sum(map(len, record))
            unpacked += len(data)
            if max(held, unpacked // 4) >= PART:
                self._deliver(records, held)
                records, held, unpacked = [], 0, 0
        if records:
            self._deliver(records, held)

    def _deliver(self, records: list[bytes], size: int) -> None:
        self._images.send(b"".join(records))
        self._sent += size
        self._told("sent", size)

    def _finish(self, name: str) -> None:
        """Send the list of chunks, and have the image made; send what is still found missing."""
        lacking = list(self._blobs)
        for _ in range(TRIES):
            self._send_blobs(lacking)
            self._images.commit(name)
            state = self._settled()
            if state is None:
                return
            lacking = self._send_again(set(state["missing"] or ()))
        raise Failed("the cloud finds something missing again and again; are its images being deleted?")

    def _send_blobs(self, names: list[str]) -> None:
        for first in range(0, len(names), GROUP):
            missing = self._images.missing(names[first : first + GROUP])
            self._post((address, self._blobs[address]) for address in missing)

    def _send_again(self, lacking: set[str]) -> list[str]:
        """Send chunks that are missing after all (where it is not told which: those that are); the blobs among them."""
        for group in _groups(cut(self._path), GROUP):
            if not lacking:
                self._send_missing(group)
            elif found := [piece for piece in group if piece.address in lacking]:
                self._send(found)
        return [name for name in self._blobs if not lacking or name in lacking]

    def _settled(self) -> dict[str, list[str] | None] | None:
        """What became of a commit: None is an active image, else the push waits for more. Raises Failed."""
        pause, patience = 0.02, Event()
        while True:
            state = self._images.push_state()
            if state is None:
                break
            if state["state"] == "failed":
                raise Failed(str(state["because"]))
            if state["state"] == "open":
                return state
            patience.wait(pause)
            pause = min(pause * 1.5, 1.0)
        status = self._images.image()["status"]
        if status != "active":
            raise Failed(f"the image is {status}: somebody gave the push up")
        return None


class _Ahead:
    """Some things under way at a time, in threads; the first that fails is told."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._threads = ThreadPoolExecutor(most, "push")
        self._waiting: deque[Future[None]] = deque()

    def do(self, act: Callable[[list[Cut]], None], group: list[Cut]) -> None:
        """Have it done; waits for the oldest where there are too many."""
        self._waiting.append(self._threads.submit(act, group))
        if len(self._waiting) >= self._most:
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Wait for all."""
        while self._waiting:
            self._waiting.popleft().result()

    def __enter__(self) -> _Ahead:
        return self

    def __exit__(self, *error: object) -> None:
        self._threads.shutdown(cancel_futures=True)


def _groups(pieces: Iterator[Cut], size: int) -> Iterator[list[Cut]]:
    while group := list(islice(pieces, size)):
        yield group


def _read(file: int, piece: Cut) -> bytes:
    data = os.pread(file, piece.length, piece.offset)
    if blake3(data).hexdigest() != piece.address:
        raise Failed("the file was changed while it was being pushed")
    return data
