"""Cutting again: the chunks are those of a whole cut, and little is read for them."""

from __future__ import annotations

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from pileus.chunks.cutting import BLOCK, HOLE, MOST, Cutter, Piece
from pileus.chunks.manifest import Entry
from pileus.chunks.recutting import NOTHING, Change, Old, recut
from tests.chunks.contents import KIB, MIB, noise

pytestmark = pytest.mark.slow

CLUSTER = 64 * KIB


def entries_of(pieces: list[Piece]) -> list[Entry]:
    return [Entry(length, None if data is None else blake3(data).hexdigest()) for length, data in pieces]


def cut(content: bytes) -> list[Entry]:
    """The chunks of a whole cut."""
    cutter = Cutter()
    return entries_of([*cutter.feed(content), *cutter.finish()])


def placed(entries: list[Entry]) -> list[tuple[int, Entry]]:
    at, found = 0, []
    for entry in entries:
        found.append((at, entry))
        at += entry.length
    return found


class Disk:
    """New content, which remembers how much of it was read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.read = 0

    def __call__(self, position: int, length: int) -> bytes:
        assert 0 <= position <= position + length <= len(self.content)
        self.read += length
        return self.content[position : position + length]


def recut_entries(old: bytes, disk: Disk, changes: list[Change]) -> list[Entry]:
    """The chunks of the new content, made from those of the old and what changed."""
    kept = placed(cut(old))
    found: list[Entry] = []
    for position, length, piece in recut(Old(len(old), kept), len(disk.content), changes, disk):
        assert position == sum(entry.length for entry in found)
        if piece is None:
            found += [entry for at, entry in kept if position <= at < position + length]
        else:
            found += entries_of([piece])
    return found


sizes = st.integers(0, 40).map(lambda blocks: blocks * BLOCK) | st.integers(0, 3).map(lambda many: many * MOST)
runs = st.lists(st.tuples(st.booleans(), sizes), max_size=6)
clusters = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["noise", "zeros", "known zeros", "same"])), max_size=5
)


def content_of(runs: list[tuple[bool, int]], seed: int = 0) -> bytes:
    return b"".join(bytes(size) if is_zero else noise(size, size + seed) for is_zero, size in runs)


def changed(old: bytes, grown: int, where: list[tuple[int, str]]) -> tuple[bytes, list[Change]]:
    """The old content, grown by zeros and written to."""
    new, changes = bytearray(old + bytes(grown)), []
    for cluster, how in sorted(dict(where).items()):
        start, end = cluster * CLUSTER, min((cluster + 1) * CLUSTER, len(new))
        if start >= end:
            continue
        if how != "same":
            new[start:end] = noise(end - start, cluster + 7) if how == "noise" else bytes(end - start)
        changes.append(Change(start, end, zeros=how == "known zeros"))
    return bytes(new), changes


@settings(max_examples=300, deadline=None)
@given(runs, sizes, clusters)
def test_the_chunks_are_those_of_a_whole_cut(
    runs: list[tuple[bool, int]], grown: int, where: list[tuple[int, str]]
) -> None:
    old = content_of(runs)
    new, changes = changed(old, grown, where)
    assert recut_entries(old, Disk(new), changes) == cut(new)


@settings(max_examples=50, deadline=None)
@given(runs)
def test_without_anything_old_all_is_cut(runs: list[tuple[bool, int]]) -> None:
    disk = Disk(content_of(runs))
    whole = [Change(0, len(disk.content))]
    parts = list(recut(NOTHING, len(disk.content), whole, disk))
    assert entries_of([part.piece for part in parts if part.piece]) == cut(disk.content)


def test_little_is_read_around_a_change() -> None:
    old = noise(32 * MIB)
    new = old[: 10 * MIB] + noise(CLUSTER, 5) + old[10 * MIB + CLUSTER :]
    disk = Disk(new)
    found = recut_entries(old, disk, [Change(10 * MIB, 10 * MIB + CLUSTER)])
    assert found == cut(new)
    assert disk.read < 4 * MOST


def test_nothing_is_read_where_nothing_changed_or_zeros_are_known() -> None:
    disk = Disk(noise(MIB) + bytes(1000 * MIB))
    old = disk.content[: MIB + HOLE]
    assert recut_entries(old, disk, []) == cut(disk.content)
    assert disk.read <= 2 * MOST
