"""Manifests: any list of entries comes back from any offset, a little at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pileus.chunks import manifest
from pileus.chunks.errors import Damaged
from pileus.chunks.manifest import SEGMENT_MOST, Entry, Writer, address_of

addresses = st.one_of(st.none(), st.integers(0, 600).map(lambda number: address_of(b"%d" % number)))
entries = st.lists(st.builds(Entry, st.integers(1, 1 << 40), addresses), max_size=1200)


class Blobs:
    """Where manifests are kept and read, counting the reads."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.reads = 0

    def keep(self, blob: bytes) -> str:
        self.kept[address_of(blob)] = blob
        return address_of(blob)

    def fetch(self, addresses: Sequence[str]) -> Iterator[bytes]:
        for address in addresses:
            self.reads += 1
            yield self.kept[address]


def written(blobs: Blobs, given: list[Entry]) -> str:
    writer = Writer(blobs.keep)
    for entry in given:
        writer.add(entry)
    return writer.finish()


@settings(max_examples=40, deadline=None)
@given(entries, st.data())
def test_entries_come_back_from_any_offset(given: list[Entry], data: st.DataObject) -> None:
    blobs = Blobs()
    name = written(blobs, given)
    offset = data.draw(st.integers(0, sum(entry.length for entry in given)))
    positions = [sum(entry.length for entry in given[:number]) for number in range(len(given))]
    expected = [(at, entry) for at, entry in zip(positions, given, strict=True) if at + entry.length > offset]
    assert list(manifest.entries(blobs.fetch, name, offset)) == expected


@settings(max_examples=20, deadline=None)
@given(entries)
def test_addresses_name_every_part_once_per_object(given: list[Entry]) -> None:
    blobs = Blobs()
    name = written(blobs, given)
    found = set(manifest.addresses(blobs.fetch, [name]))
    assert found == set(blobs.kept) | {entry.address for entry in given if entry.address}


def test_the_end_of_a_long_object_is_read_without_its_beginning() -> None:
    blobs = Blobs()
    given = [Entry(1, address_of(b"%d" % number)) for number in range(20_000)]
    name = written(blobs, given)
    assert len(blobs.kept) > 40
    assert [entry for _, entry in manifest.entries(blobs.fetch, name, 19_999)] == given[-1:]
    assert blobs.reads == 2


def test_a_segment_is_bounded_where_no_address_ends_it() -> None:
    blobs = Blobs()
    written(blobs, [Entry(4096, None), *[Entry(1, "f" * 64)] * (2 * SEGMENT_MOST)])
    assert max(map(len, blobs.kept.values())) == 4 + 40 * SEGMENT_MOST


@pytest.mark.parametrize("blob", [b"", b"pls\x01", b"plr\x02", b"plr\x01" + bytes(39)])
def test_a_chunk_that_is_no_manifest_is_said_to_be_none(blob: bytes) -> None:
    with pytest.raises(Damaged):
        list(manifest.entries(lambda asked: [blob], "00"))


def test_short_segments_behind_the_one_that_holds_the_offset_are_not_passed_over() -> None:
    blobs, ends_a_segment = Blobs(), "00" + "ab" * 31
    given = [Entry(length, ends_a_segment) for length in (90, 50, 5, 5)]
    name = written(blobs, given)
    assert list(manifest.entries(blobs.fetch, name, 100)) == [(90, given[1]), (140, given[2]), (145, given[3])]
