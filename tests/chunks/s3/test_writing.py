"""Writing to S3 survives: dead between any two requests, all or nothing of an object is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.chunks.errors import Damaged
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.s3.store import S3ChunkStore
from pileus.chunks.scrubbing import scrub
from tests.chunks.contents import KIB, MIB, noise, nothing, prose, put, whole
from tests.chunks.s3.deaths import Place, deaths

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SHARED, DEAD, NEW = noise(600 * KIB), noise(700 * KIB, 2), noise(MIB, 3)


class Begun(Place):
    """One object is live, and one is not and shares packs with it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        store = self.join()
        put(store, DEAD[: 300 * KIB] + SHARED[: 200 * KIB] + DEAD[300 * KIB :])
        self.live = put(store, SHARED).manifest
        self.before = store.stats()

    def check_nothing_else_stays(self, store: S3ChunkStore) -> None:
        """What is live stays, everything else goes."""
        store.gc(lambda: [self.live])
        assert whole(store, self.live) == SHARED
        assert store.stats().disk_bytes == sum(self.objects().values()) < MIB
        store.gc(nothing)
        assert self.objects() == {}


def test_an_upload_and_a_collection_may_die_anywhere(tmp_path: Path) -> None:
    def act(place: Begun, store: S3ChunkStore, said: list[str]) -> None:
        with store.upload() as upload:
            upload.write(SHARED + NEW)
            name = upload.finish().manifest
            said.append(name)
        store.gc(lambda: [place.live, name])
        said.append("unwanted")
        store.gc(lambda: [place.live])

    count = 0
    for place, said in deaths(Begun, tmp_path, act):
        store = place.join()
        assert whole(store, place.live) == SHARED
        if said and "unwanted" not in said:
            assert whole(store, said[0]) == SHARED + NEW
        if not said:
            assert store.stats().chunks == place.before.chunks
        assert whole(store, put(store, SHARED + NEW).manifest) == SHARED + NEW
        place.check_nothing_else_stays(store)
        count += 1
    assert count > 40 and len(said) == 2


def test_a_push_may_die_anywhere(tmp_path: Path) -> None:
    """Its parts are written down one by one; what was is there, what was not leaves nothing behind."""
    parts = [[noise(90 * KIB, seed), prose(90 * KIB, seed), noise(90 * KIB, 9)] for seed in (4, 5)]

    def act(place: Begun, store: S3ChunkStore, said: list[str]) -> None:
        names = [place.live]
        for part in parts:
            with store.parcel() as parcel:
                parcel.add(part)
                names.append(parcel.finish())
                said.append(names[-1])
        store.gc(lambda: names)
        with store.parcel() as parcel:
            for name in names:
                parcel.refer([entry for _, entry in store.entries(name)])
            said.append(parcel.finish())

    count, contents = 0, [b"".join(part) for part in parts]
    for place, said in deaths(Begun, tmp_path, act):
        store = place.join()
        for name, content in zip([place.live, *said], [SHARED, *contents, SHARED + b"".join(contents)], strict=False):
            assert whole(store, name) == content
        place.check_nothing_else_stays(store)
        count += 1
    assert count > 30 and len(said) == 3


def test_a_scrub_may_die_anywhere(tmp_path: Path) -> None:
    """What another store has is never forgotten, and whole once that was said; nobody gets what is damaged."""
    other = FakeChunkStore()
    put(other, SHARED)

    def act(place: Begun, store: S3ChunkStore, said: list[str]) -> None:
        for found in scrub({"here": store, "there": other}, "here"):
            said.append(f"{found.mended}+{len(found.lost)}")

    def damaged(folder: Path) -> Begun:
        place = Begun(folder)
        for name in place.objects():
            content = bytearray(place.bucket.whole(name))
            content[len(content) // 2] ^= 1
            place.bucket.remove(name)
            place.bucket.put(name, bytes(content))
        return place

    count = 0
    for place, said in deaths(damaged, tmp_path, act):
        store = place.join()
        try:
            assert whole(store, place.live) == SHARED
        except Damaged:
            assert len(said) < len(place.objects())
        *_, found = scrub({"here": store, "there": other}, "here")
        assert found.damaged == found.mended + len(found.lost)
        place.check_nothing_else_stays(store)
        count += 1
    assert count > 20 and said[-1].split("+")[0] > "0"
