"""Give an object's bytes out again, any part of it, in batches fit for a socket."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future

from pileus.chunks import manifest
from pileus.chunks.manifest import Entry

BATCH = 1 << 20

_ZEROS = bytes(BATCH)

Span = tuple[Entry, int, int]  # an entry, and the part of it that is wanted: first byte, byte after the last


Chunks = Callable[[Sequence[str]], Iterator[bytes]]


def read(chunks: Chunks, name: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes of an object in batches of about 1 MiB; what lies beyond its end is not there."""
    end = None if length is None else offset + length
    return batches(spans(manifest.entries(chunks, name, offset), offset, end), chunks)


def spans(entries: Iterator[tuple[int, Entry]], start: int, end: int | None) -> Iterator[Span]:
    """The parts of entries that make up the bytes from `start` up to `end`; holes in parts of at most one batch."""
    for position, entry in entries:
        if end is not None and position >= end:
            return
        first = max(start - position, 0)
        last = entry.length if end is None else min(end - position, entry.length)
        step = BATCH if entry.address is None else entry.length
        for part in range(first, last, step):
            yield entry, part, min(part + step, last)


def batches_ahead(spans: Iterator[Span], chunks: Chunks, threads: Executor, *, depth: int) -> Iterator[bytes]:
    """As `batches`, so many of them under way at a time: for a store whose every answer takes long."""
    waiting: deque[Future[bytes]] = deque()
    try:
        for group in groups(spans):
            waiting.append(threads.submit(_join, group, chunks))
            if len(waiting) >= depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for each in waiting:
            each.cancel()


def groups(spans: Iterator[Span]) -> Iterator[list[Span]]:
    """These spans in groups of about 1 MiB."""
    group: list[Span] = []
    size = 0
    for span in spans:
        group.append(span)
        size += span[2] - span[1]
        if size >= BATCH:
            yield group
            group, size = [], 0
    if group:
        yield group


def batches(spans: Iterator[Span], chunks: Chunks) -> Iterator[bytes]:
    """The bytes of these spans, joined to batches of about 1 MiB."""
    return (_join(group, chunks) for group in groups(spans))


def _join(group: list[Span], chunks: Chunks) -> bytes:
    found = chunks([entry.address for entry, _, _ in group if entry.address])
    return b"".join(
        _ZEROS[: last - first] if entry.address is None else next(found)[first:last] for entry, first, last in group
    )
