"""Parcels: what is packed on one side is the same object on the other, and nonsense is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pileus.chunks.errors import Absent
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.intake.records import KNOWN, NEW, SAME, ZEROS, Older, Record, Unpacking, Unsound
from pileus.chunks.manifest import address_of
from tests.chunks.contents import KIB, MIB, noise, parts, put, whole

CHUNK = noise(50 * KIB, 3)


def unpacked(store: FakeChunkStore, parcel: bytes, older: Older | None = None, *, batch: int = MIB) -> str:
    """Take in a parcel in batches; the object's name."""
    with store.parcel() as into:
        unpacking = Unpacking(into, older, most=10 * MIB)
        for part in parts(parcel, batch):
            unpacking.feed(part)
        return unpacking.finish()


def old_of(store: FakeChunkStore, name: str) -> Older:
    return Older(lambda offset: store.entries(name, offset), store.chunks)


def new(data: bytes) -> bytes:
    return Record(NEW, len(data)).packed() + data


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 200_000))
def test_an_object_comes_out_as_it_was_packed_however_it_arrives(batch: int) -> None:
    store = FakeChunkStore()
    old = put(store, noise(MIB)).manifest
    first = next(iter(store.entries(old)))[1]
    known = Record(KNOWN, first.length, first.address).packed()
    parcel = Record(SAME, MIB).packed() + Record(ZEROS, 70_000).packed() + new(CHUNK) + known
    name = unpacked(store, parcel, old_of(store, old), batch=batch)
    assert whole(store, name) == noise(MIB) + bytes(70_000) + CHUNK + noise(MIB)[: first.length]


def test_the_older_object_is_repeated_from_wherever_it_lies() -> None:
    far, near = FakeChunkStore(), FakeChunkStore()
    old = put(far, noise(MIB) + bytes(MIB)).manifest
    name = unpacked(near, Record(SAME, 2 * MIB).packed(), old_of(far, old))
    assert whole(near, name) == noise(MIB) + bytes(MIB)


def test_what_was_the_same_may_stand_behind_what_is_new() -> None:
    store = FakeChunkStore()
    old = put(store, noise(MIB)).manifest
    (_, first), *_ = store.entries(old)
    parcel = new(bytes(noise(first.length, 9))) + Record(SAME, MIB - first.length).packed()
    name = unpacked(store, parcel, old_of(store, old))
    assert whole(store, name) == noise(first.length, 9) + noise(MIB)[first.length :]


@pytest.mark.parametrize(
    "parcel",
    [
        b"?" + bytes(40),
        Record(ZEROS, 0).packed(),
        Record(ZEROS, 11 * MIB).packed(),
        Record(NEW, 300 * KIB).packed(),
        new(CHUNK)[:-1],
        Record(SAME, MIB).packed(),
        Record(ZEROS, MIB).packed()[:-1],
    ],
    ids=["kind", "empty", "too large", "no chunk", "cut short", "nothing older", "half a record"],
)
def test_an_unsound_parcel_leaves_nothing(parcel: bytes) -> None:
    store = FakeChunkStore()
    with pytest.raises(Unsound):
        unpacked(store, new(noise(60 * KIB, 5)) + parcel)
    assert store.used() == 0


@pytest.mark.parametrize("length", [MIB - 1, MIB + 1, 2 * MIB])
def test_the_older_object_is_repeated_in_whole_chunks_only(length: int) -> None:
    store = FakeChunkStore()
    old = put(store, noise(MIB)).manifest
    with pytest.raises(Unsound):
        unpacked(store, Record(SAME, length).packed(), old_of(store, old))


def test_a_chunk_that_is_not_there_is_told() -> None:
    with pytest.raises(Absent):
        unpacked(FakeChunkStore(), Record(KNOWN, len(CHUNK), address_of(CHUNK)).packed())
