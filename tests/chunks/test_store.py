"""What every chunk store does alike, on disk and in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pileus.chunks import manifest
from pileus.chunks.cutting import Cutter
from pileus.chunks.errors import Absent, ChunkError
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.local import LocalChunkStore
from pileus.chunks.manifest import Entry, address_of
from pileus.chunks.s3.store import S3ChunkStore
from pileus.chunks.store import ChunkStore
from tests.chunks.contents import KIB, MIB, noise, nothing, parts, put, whole


@pytest.fixture(params=["local", "s3", "fake"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChunkStore]:
    """An empty store of each kind; with packs so small that an object needs several."""
    made: ChunkStore
    if request.param == "s3":
        bucket = request.getfixturevalue("s3").bucket(tmp_path)
        made = S3ChunkStore("far", bucket, request.getfixturevalue("sqlite_store"), pack_bytes=512 * KIB)
    else:
        made = FakeChunkStore() if request.param == "fake" else LocalChunkStore(tmp_path, pack_bytes=512 * KIB)
    yield made
    made.close()


@pytest.mark.parametrize("size", [0, 1, 4096, 300_000, 3 * MIB + 5])
def test_an_object_comes_back_with_its_digests(store: ChunkStore, size: int) -> None:
    content = noise(size)
    stored = put(store, content)
    assert whole(store, stored.manifest) == content
    assert stored.size == size
    assert stored.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert stored.sha512 == hashlib.sha512(content).hexdigest()


def test_any_part_of_an_object_can_be_read(store: ChunkStore) -> None:
    content = noise(MIB) + bytes(3 * MIB) + noise(200_001, 2)
    name = put(store, content).manifest
    for offset, length in [(0, 1), (70_000, 100_000), (MIB - 1, 2 * MIB), (4 * MIB, None), (len(content) - 1, 50)]:
        expected = content[offset:] if length is None else content[offset : offset + length]
        assert b"".join(store.read(name, offset, length)) == expected
    assert list(store.read(name, len(content))) == []
    assert list(store.read(name, 5, 0)) == []


def test_a_part_is_read_without_the_rest(store: ChunkStore) -> None:
    name = put(store, noise(4 * MIB)).manifest
    assert max(map(len, store.read(name))) < 1.3 * MIB


def test_an_object_may_come_as_chunks(store: ChunkStore) -> None:
    content, cutter = noise(2 * MIB) + bytes(MIB) + noise(MIB, 2), Cutter()
    pieces = [*cutter.feed(content), *cutter.finish()]
    known = put(store, content[: 2 * MIB])
    with store.parcel() as sent:
        sent.add([bytes(piece.data) for piece in pieces if piece.data])
        listed = sent.finish()
        with store.parcel() as parcel:
            parcel.refer([Entry(length, None if data is None else address_of(data)) for length, data in pieces])
            name = parcel.finish()
            store.gc(lambda: [known.manifest])
            assert whole(store, name) == content
    assert name == put(store, content).manifest
    assert whole(store, listed) == noise(2 * MIB) + noise(MIB, 2)


def test_a_parcel_names_only_what_is_there(store: ChunkStore) -> None:
    before = store.stats()
    with store.parcel() as parcel, pytest.raises(Absent):
        parcel.refer([Entry(3, address_of(b"abc"))])
    with pytest.raises(ChunkError):
        parcel.finish()
    assert store.stats() == before


def test_chunks_sent_twice_are_kept_once_after_a_collection(store: ChunkStore) -> None:
    """A parcel never looks at what is there; the collection does."""
    names, size = [], 0
    for _ in range(3):
        with store.parcel() as parcel:
            parcel.add([noise(200 * KIB, 7), noise(100 * KIB, 8)])
            names.append(parcel.finish())
        size = size or store.stats().disk_bytes
    assert len(set(names)) == 1
    store.gc(lambda: names[:1])
    assert store.stats().disk_bytes == size
    assert whole(store, names[0]) == noise(200 * KIB, 7) + noise(100 * KIB, 8)


def test_the_same_object_three_times_costs_its_size_once(store: ChunkStore) -> None:
    content = noise(3 * MIB)
    first, *others = [put(store, content, batch) for batch in (MIB, 77_777, 5 * MIB)]
    assert len(content) < first.added < 1.01 * len(content)
    assert [(other.manifest, other.added) for other in others] == [(first.manifest, 0)] * 2
    assert store.stats().data_bytes == first.added


def test_equal_parts_of_one_object_are_kept_once(store: ChunkStore) -> None:
    content = noise(2 * MIB)
    assert put(store, content * 3).added < 2.4 * MIB


def test_a_changed_object_costs_little_more_than_the_change(store: ChunkStore) -> None:
    content = noise(8 * MIB)
    put(store, content)
    changed = put(store, content[: 4 * MIB] + noise(80 * KIB, 2) + content[4 * MIB + 80 * KIB :])
    assert changed.added < 500 * KIB


def test_zeros_cost_nothing(store: ChunkStore) -> None:
    stored = put(store, bytes(64 * MIB) + noise(MIB) + bytes(64 * MIB), MIB)
    assert stored.added < 1.01 * MIB
    assert whole(store, stored.manifest).count(0) >= 128 * MIB


def test_chunks_come_in_the_order_asked(store: ChunkStore) -> None:
    content = noise(MIB)
    name = put(store, content).manifest
    found = [(position, entry) for position, entry in store.entries(name) if entry.address]
    asked = [entry.address or "" for _, entry in found]
    backwards = zip([*found[::-1], found[0]], store.chunks(asked[::-1] + asked[:1]), strict=True)
    for (position, entry), data in backwards:
        assert data == content[position : position + entry.length]


def test_what_was_never_put_there_is_absent(store: ChunkStore) -> None:
    with pytest.raises(Absent):
        whole(store, "ab" * 32)
    with pytest.raises(Absent):
        list(store.chunks(["cd" * 32]))
    for nonsense in ("", "zz" * 32, "../etc/passwd", "AB" * 32):
        with pytest.raises(Absent):
            whole(store, nonsense)


def test_nothing_shows_before_the_end(store: ChunkStore) -> None:
    content = noise(3 * MIB)
    with store.upload() as upload:
        upload.write(content)
        assert store.stats().data_bytes == 0
        name = upload.finish().manifest
        assert whole(store, name) == content


def test_an_upload_given_up_leaves_nothing(store: ChunkStore) -> None:
    put(store, noise(MIB))
    before = store.stats()
    with store.upload() as upload:
        upload.write(noise(3 * MIB, 2))
    assert store.stats() == before


def test_an_upload_that_ended_takes_no_more(store: ChunkStore) -> None:
    upload = store.upload()
    upload.write(b"abc")
    upload.finish()
    upload.close()
    upload.close()
    for verb in (lambda: upload.write(b"d"), upload.finish):
        with pytest.raises(ChunkError):
            verb()


def test_what_no_caller_names_is_collected(store: ChunkStore) -> None:
    shared, old, new = noise(2 * MIB), noise(MIB, 2), noise(MIB, 3)
    dead = put(store, shared + old).manifest
    live = put(store, shared + new).manifest
    freed = store.gc(lambda: [live])
    assert whole(store, live) == shared + new
    assert freed.bytes > 0.7 * MIB
    with pytest.raises(Absent):
        whole(store, dead)
    store.gc(nothing)
    assert store.stats().data_bytes == store.stats().disk_bytes == 0


def test_collecting_twice_frees_nothing_more(store: ChunkStore) -> None:
    put(store, noise(3 * MIB))
    live = put(store, noise(3 * MIB)[::-1]).manifest
    store.gc(lambda: [live])
    before = store.stats()
    assert store.gc(lambda: [live]).bytes == 0
    assert store.stats() == before


def test_a_collection_refuses_to_judge_without_a_manifest(store: ChunkStore) -> None:
    live = put(store, noise(MIB)).manifest
    with pytest.raises(Absent):
        store.gc(lambda: [live, "ab" * 32])
    assert len(whole(store, live)) == MIB


def finish_before(store: ChunkStore, content: bytes) -> tuple[Callable[[], list[str]], list[str]]:
    """An upload that counts on chunks already there, and ends just after the collection asked what is live."""
    upload = store.upload()
    for part in parts(content, MIB):
        upload.write(part)
    written_down: list[str] = []

    def live() -> list[str]:
        answer = list(written_down)
        written_down.append(upload.finish().manifest)
        upload.close()
        return answer

    return live, written_down


def test_an_upload_is_safe_from_a_collection_that_did_not_hear_of_it(store: ChunkStore) -> None:
    content = noise(3 * MIB)
    put(store, content)
    live, written_down = finish_before(store, content)
    store.gc(live)
    assert whole(store, written_down[0]) == content
    store.gc(lambda: written_down)
    assert whole(store, written_down[0]) == content
    store.gc(nothing)
    assert store.stats().data_bytes == 0


def test_an_upload_that_begins_during_a_collection_is_safe(store: ChunkStore) -> None:
    content = noise(3 * MIB)
    put(store, content)
    names: list[str] = []

    def live() -> list[str]:
        names.append(put(store, content).manifest)
        return []

    store.gc(live)
    assert whole(store, names[0]) == content


def test_an_object_finished_but_not_yet_written_down_is_safe(store: ChunkStore) -> None:
    content = noise(MIB)
    with store.upload() as upload:
        upload.write(content)
        name = upload.finish().manifest
        store.gc(nothing)
        assert whole(store, name) == content
    store.gc(nothing)
    assert store.stats().data_bytes == 0


def test_a_manifest_uploaded_as_contents_does_not_unsettle_collection(store: ChunkStore) -> None:
    """Whoever knows an object can upload its segments as data; marking them must not stand for marking their chunks."""
    content = noise(2 * MIB)
    name = put(store, content).manifest
    segments = [address for _, address in manifest.segments(store.chunks, name)]
    forged = put(store, next(store.chunks(segments))).manifest
    store.gc(lambda: [forged, name])
    assert whole(store, name) == content
