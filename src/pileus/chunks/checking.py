"""Read a whole object as a stranger's: every chunk of the length its manifest says, and the digests of all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from pileus.chunks import manifest
from pileus.chunks.errors import Damaged
from pileus.chunks.intake.upload import Stored
from pileus.chunks.manifest import Entry
from pileus.chunks.store import Source

_GROUP = 1 << 20  # bytes handed on at a time
_ZEROS = bytes(_GROUP)


def check(source: Source, name: str, feed: Callable[[bytes], object]) -> Stored:
    """Size and digests of an object, all of whose bytes are fed on in order. Raises Absent, Damaged.

    MD5 and SHA-512 are computed side by side while the next bytes are read.
    """
    md5, sha512, size = hashlib.md5(usedforsecurity=False), hashlib.sha512(), 0
    working: list[Future[object]] = []
    with ThreadPoolExecutor(2, "chunks-check") as threads:
        for batch in _batches(source, name):
            feed(batch)
            size += len(batch)
            for each in working:
                each.result()
            working = [threads.submit(digest.update, batch) for digest in (md5, sha512)]
    return Stored(name, size, md5.hexdigest(), sha512.hexdigest(), 0)


def _batches(source: Source, name: str) -> Iterator[bytes]:
    group: list[Entry] = []
    held = 0
    for _, entry in manifest.entries(source.chunks, name):
        if entry.address is None:
            yield from _joined(source, group)
            group, held = [], 0
            yield from _hole(entry.length)
            continue
        group.append(entry)
        held += entry.length
        if held >= _GROUP:
            yield from _joined(source, group)
            group, held = [], 0
    yield from _joined(source, group)


def _joined(source: Source, group: list[Entry]) -> Iterator[bytes]:
    chunks = list(source.chunks([entry.address or "" for entry in group]))
    for entry, data in zip(group, chunks, strict=True):
        if len(data) != entry.length:
            raise Damaged(f"the manifest is wrong about the length of chunk {entry.address}")
    if chunks:
        yield b"".join(chunks)


def _hole(length: int) -> Iterator[bytes]:
    for start in range(0, length, _GROUP):
        yield _ZEROS[: min(_GROUP, length - start)]
