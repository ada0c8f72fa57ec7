"""An image service for tests of hosts: counts what it gives, tells what it was told, and may fail or take its time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from threading import Event, Lock

from pileus.chunks.fake import FakeChunkStore
from pileus.host.images.cloud import Known
from pileus.host.line import LinkFailed
from tests.chunks.contents import put


class Origin:
    """`is_there` may be cleared; `slow` is in seconds a request."""

    key = b"key"

    def __init__(self) -> None:
        self.store = FakeChunkStore()
        self.given: list[str] = []
        self.known: dict[str, Known] = {}
        self.held: Mapping[str, Sequence[str]] = {}
        self.firsts: dict[str, Sequence[int]] = {}
        self.is_there = Event()
        self.is_there.set()
        self.slow = 0.0
        self._turn = Lock()

    def put(self, content: bytes) -> str:
        """Keep an image; its name."""
        return put(self.store, content).manifest

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        """Chunks, in one request."""
        self._answer()
        for address in addresses:
            with self._turn:
                self.given.append(address)
            yield next(self.store.chunks([address], verify=False))

    def image(self, name: str) -> Known:
        """What is known of one."""
        self._answer()
        return self.known.get(name, Known())

    def hold(self, door: str, images: Sequence[str]) -> None:
        """Keep what a host has."""
        self._answer()
        self.held = {**self.held, door: list(images)}

    def keep_first(self, name: str, numbers: Sequence[int]) -> None:
        """Keep a boot list."""
        self._answer()
        self.firsts.setdefault(name, list(numbers))

    def _answer(self) -> None:
        time.sleep(self.slow)
        if not self.is_there.is_set():
            raise LinkFailed("the image service has gone")
