"""The file of one image on its way to this host: what has not arrived is a hole, and every chunk travels once.

Several may want chunks of it at a time: who boots from it, who knows what the next will ask for, who completes it.
Whoever wants a chunk that is under way for another waits for that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from itertools import islice
from pathlib import Path
from threading import Lock

from pileus.chunks.errors import Damaged
from pileus.chunks.host.layout import Layout
from pileus.chunks.host.shelf import Spot
from pileus.chunks.manifest import address_of
from pileus.chunks.store import Source

_ASKED_AT_ONCE = 32  # chunks; 2.4 MiB on average, so that a round trip of a millisecond does not matter
_GROUP = 256

Near = Callable[[str], bytes | None]  # a chunk by its address, if some file here has it
Note = Callable[[list[Spot]], None]  # where chunks lie from now on


def checked(source: Source, addresses: Sequence[str]) -> Iterator[bytes]:
    """Chunks from a source that is not to be trusted. Raises Damaged."""
    for address, data in zip(addresses, source.chunks(addresses), strict=True):
        if address_of(data) != address:
            raise Damaged(f"the source gave something else than chunk {address}")
        yield data


class Arrival:
    """One image's file, open for filling; any thread may bring chunks into it."""

    def __init__(self, path: Path, layout: Layout, near: Near, note: Note) -> None:
        self.path, self.layout = path, layout
        self._near, self._note = near, note
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._file.truncate(layout.size)
        self._here = bytearray(len(layout))
        self._coming: dict[str, Future[None]] = {}
        self._lock = Lock()

    def bring(self, numbers: Iterable[int], source: Source, threads: Executor | None = None) -> int:
        """Come back when these chunks are in the file; bytes that came from the source for it.

        With `threads` many are asked for at a time, otherwise one after another, in their order. Raises Damaged, and
        what the source raises; what has come until then stays.
        """
        came = 0
        left = [number for number in numbers if self._lacks(number)]
        while left:
            mine, theirs = self._divided(left)
            came += self._take_all(mine, source, threads)
            wait(theirs)  # one that failed there is tried here, in the next round
            left = [number for number in left if self._lacks(number)]
        return came

    def fill(self, source: Source, threads: Executor, may_go_on: Callable[[], object]) -> None:
        """Bring whatever is missing, a group at a time, each when `may_go_on` comes back."""
        missing = (number for number in range(len(self.layout)) if self._lacks(number))
        while group := list(islice(missing, _GROUP)):
            may_go_on()
            self.bring(group, source, threads)

    def finish(self) -> None:
        """Make the file durable; nobody shall write to it again."""
        os.fchmod(self._file.fileno(), 0o444)
        os.fsync(self._file.fileno())

    def _lacks(self, number: int) -> bool:
        return not self._here[number] and self.layout.address(number) is not None

    def _divided(self, numbers: list[int]) -> tuple[dict[str, list[Spot]], list[Future[None]]]:
        """What is ours to bring from now on, and what is under way for others."""
        wanted: dict[str, list[Spot]] = {}
        for number in numbers:
            address = self.layout.address(number) or ""
            wanted.setdefault(address, []).append(self._spot(number, address))
        with self._lock:
            theirs = [self._coming[address] for address in wanted.keys() & self._coming.keys()]
            mine = {address: spots for address, spots in wanted.items() if address not in self._coming}
            self._coming |= {address: Future() for address in mine}
        return mine, theirs

    def _spot(self, number: int, address: str) -> Spot:
        return Spot(address, self.path.stem, self.layout.start(number), self.layout.length(number))

    def _take_all(self, mine: dict[str, list[Spot]], source: Source, threads: Executor | None) -> int:
        try:
            far = [spots for spots in mine.values() if not self._take_near(spots)]
            if threads is None:
                return self._take_far(far, source)
            parts = [far[first : first + _ASKED_AT_ONCE] for first in range(0, len(far), _ASKED_AT_ONCE)]
            asking = [threads.submit(self._take_far, part, source) for part in parts]
            wait(asking)
            return sum(each.result() for each in asking)
        finally:
            with self._lock:
                ended = [self._coming.pop(address) for address in mine]
            for each in ended:
                each.set_result(None)

    def _take_near(self, spots: list[Spot]) -> bool:
        data = self._near(spots[0].address)
        if data is not None:
            self._write(data, spots)
            self._keep(spots)
        return data is not None

    def _take_far(self, missing: list[list[Spot]], source: Source) -> int:
        data = checked(source, [spots[0].address for spots in missing])
        came = 0
        done: list[Spot] = []
        try:
            for spots in missing:
                chunk = next(data)
                self._write(chunk, spots)
                done += spots
                came += len(chunk)
        finally:
            self._keep(done)
        return came

    def _keep(self, spots: list[Spot]) -> None:
        if spots:
            self._note(spots)
        for spot in spots:
            for number in self.layout.within(spot.position, 1):
                self._here[number] = 1

    def _write(self, data: bytes, spots: list[Spot]) -> None:
        for spot in spots:
            if len(data) != spot.length:
                raise Damaged(f"the manifest is wrong about the length of chunk {spot.address}")
            rest = memoryview(data)
            while rest:
                rest = rest[os.pwrite(self._file.fileno(), rest, spot.position + len(data) - len(rest)) :]
