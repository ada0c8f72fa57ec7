"""Fill the file of one image with chunks, from near by where they are there, from the source where not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, wait
from itertools import islice
from pathlib import Path
from typing import Self

from pileus.chunks.errors import Damaged
from pileus.chunks.host.shelf import Spot
from pileus.chunks.manifest import Entry, address_of
from pileus.chunks.store import Source

REQUESTS = 4  # at a time
_ASKED_AT_ONCE = 32  # chunks; 2.4 MiB on average, so that a round trip of a millisecond does not matter
_GROUP = REQUESTS * _ASKED_AT_ONCE * 2

Near = Callable[[str], bytes | None]  # a chunk by its address, if some file here has it


def checked(source: Source, addresses: Sequence[str]) -> Iterator[bytes]:
    """Chunks from a source that is not to be trusted. Raises Damaged."""
    for address, data in zip(addresses, source.chunks(addresses), strict=True):
        if address_of(data) != address:
            raise Damaged(f"the source gave something else than chunk {address}")
        yield data


class Fetching:
    """The file of one image, open for filling; what is not written remains a hole."""

    def __init__(self, path: Path, source: Source, near: Near, threads: Executor) -> None:
        self._name = path.stem
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._source = source
        self._near = near
        self._threads = threads

    def fill(self, entries: Iterable[tuple[int, Entry]]) -> Iterator[list[Spot]]:
        """Write all chunks, a group at a time; yields where those of the group now lie."""
        data = ((position, entry) for position, entry in entries if entry.address is not None)
        while group := list(islice(data, _GROUP)):
            wanted: dict[str, list[Spot]] = {}
            for position, entry in group:
                spot = Spot(entry.address or "", self._name, position, entry.length)
                wanted.setdefault(spot.address, []).append(spot)
            self._bring([spots for spots in wanted.values() if not self._take_near(spots)])
            yield [spot for spots in wanted.values() for spot in spots]

    def finish(self, size: int) -> None:
        """Give the file its size and make it durable; nobody shall write to it again."""
        os.truncate(self._file, size)
        os.fchmod(self._file, 0o444)
        os.fsync(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._file)

    def _take_near(self, spots: list[Spot]) -> bool:
        data = self._near(spots[0].address)
        if data is not None:
            self._write(data, spots)
        return data is not None

    def _bring(self, missing: list[list[Spot]]) -> None:
        parts = [missing[first : first + _ASKED_AT_ONCE] for first in range(0, len(missing), _ASKED_AT_ONCE)]
        asking = [self._threads.submit(self._take_far, part) for part in parts]
        wait(asking)  # all of them, even if one fails: none may write after the file was closed
        for each in asking:
            each.result()

    def _take_far(self, missing: list[list[Spot]]) -> None:
        data = checked(self._source, [spots[0].address for spots in missing])
        for spots in missing:
            self._write(next(data), spots)

    def _write(self, data: bytes, spots: list[Spot]) -> None:
        for spot in spots:
            if len(data) != spot.length:
                raise Damaged(f"the manifest is wrong about the length of chunk {spot.address}")
            rest = memoryview(data)
            while rest:
                rest = rest[os.pwrite(self._file, rest, spot.position + len(data) - len(rest)) :]
