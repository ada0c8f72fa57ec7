"""Writing survives: killed or without power between any two calls to the disk, all or nothing of an upload is there."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pileus.chunks.disk import Disk
from pileus.chunks.errors import Absent, StoreFull
from pileus.chunks.local import LocalChunkStore
from tests.chunks.contents import KIB, MIB, noise, nothing, prose, put, whole
from tests.chunks.local.deaths import deaths, packs_of

pytestmark = pytest.mark.slow

PACK = 512 * KIB
SHARED, DEAD, NEW = noise(MIB), noise(MIB, 2), noise(MIB, 3)


@pytest.fixture
def before(tmp_path: Path) -> tuple[Path, str]:
    """A store with one object that is live, and one that is not and shares packs with it."""
    path = tmp_path / "before"
    store = LocalChunkStore(path, pack_bytes=PACK)
    put(store, DEAD[: 700 * KIB] + SHARED[: 300 * KIB] + DEAD[700 * KIB :])
    live = put(store, SHARED).manifest
    store.close()
    return path, live


@pytest.mark.slow
@pytest.mark.parametrize("is_power_cut", [False, True])
def test_an_upload_and_a_collection_may_die_anywhere(
    before: tuple[Path, str], tmp_path: Path, is_power_cut: bool
) -> None:
    template, live = before

    def act(path: Path, disk: Disk, say: Callable[[str], None]) -> None:
        store = LocalChunkStore(path, disk=disk, pack_bytes=PACK)
        with store.upload() as upload:
            upload.write(SHARED + NEW)
            name = upload.finish().manifest
            say(name)
        store.gc(lambda: [live, name])
        say("unwanted")
        store.gc(lambda: [live])

    count = 0
    for path, said in deaths(template, tmp_path, act, is_power_cut=is_power_cut):
        check_survival(path, live, said)
        count += 1
    assert count > 40


def check_survival(path: Path, live: str, said: list[str]) -> None:
    """The old object is there; the new one if its upload came to an end and it was still wanted; nothing else stays."""
    store = LocalChunkStore(path, pack_bytes=PACK)
    assert whole(store, live) == SHARED
    if said and "unwanted" not in said:
        assert whole(store, said[0]) == SHARED + NEW
    assert whole(store, put(store, SHARED + NEW).manifest) == SHARED + NEW
    store.gc(lambda: [live])
    assert whole(store, live) == SHARED
    assert store.stats().disk_bytes == sum(packs_of(path).values()) < 1.5 * MIB
    store.gc(nothing)
    assert packs_of(path) == {}
    assert list((path / "leases").iterdir()) == []
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("is_power_cut", [False, True])
def test_a_push_may_die_anywhere(before: tuple[Path, str], tmp_path: Path, is_power_cut: bool) -> None:
    """Its parts are written down one by one; what was is there, what was not leaves nothing behind."""
    template, live = before
    parts = [[noise(90 * KIB, seed), prose(90 * KIB, seed), noise(90 * KIB, 9)] for seed in (4, 5)]

    def act(path: Path, disk: Disk, say: Callable[[str], None]) -> None:
        store = LocalChunkStore(path, disk=disk, pack_bytes=PACK)
        names = [live]
        for part in parts:
            with store.parcel() as parcel:
                parcel.add(part)
                names.append(parcel.finish())
                say(names[-1])
        store.gc(lambda: names)
        with store.parcel() as parcel:
            for name in names:
                parcel.refer([entry for _, entry in store.entries(name)])
            say(parcel.finish())

    count = 0
    for path, said in deaths(template, tmp_path, act, is_power_cut=is_power_cut):
        contents = [b"".join(part) for part in parts]
        store = LocalChunkStore(path, pack_bytes=PACK)
        for name, content in zip([live, *said], [SHARED, *contents, SHARED + b"".join(contents)], strict=False):
            assert whole(store, name) == content
        store.gc(lambda: [live])
        assert whole(store, live) == SHARED
        assert store.stats().disk_bytes == sum(packs_of(path).values()) < 1.5 * MIB
        store.close()
        count += 1
    assert count > 30 and len(said) == 3


@pytest.mark.parametrize("is_power_cut", [False, True])
def test_a_finished_upload_is_there_wherever_its_process_dies(tmp_path: Path, is_power_cut: bool) -> None:
    def act(path: Path, disk: Disk, say: Callable[[str], None]) -> None:
        store = LocalChunkStore(path, disk=disk, pack_bytes=PACK)
        say(put(store, NEW).manifest)

    empty = tmp_path / "empty"
    LocalChunkStore(empty, pack_bytes=PACK).close()
    for path, said in deaths(empty, tmp_path, act, is_power_cut=is_power_cut):
        store = LocalChunkStore(path, pack_bytes=PACK)
        for name in said:
            assert whole(store, name) == NEW
        if not said:
            assert store.stats().disk_bytes in (0, sum(packs_of(path).values()))
        store.close()
    assert said


class SmallDisk(Disk):
    """A disk with room for so many bytes in packs; `room` may change."""

    def __init__(self, room: int) -> None:
        self.room = room

    def append(self, file: int, parts: Sequence[bytes | memoryview]) -> None:
        size = sum(map(len, parts))
        if size > self.room:
            os.write(file, b"".join(parts)[: self.room])
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= size
        super().append(file, parts)


@pytest.mark.parametrize("room", [0, 100 * KIB, 900 * KIB, 3 * MIB - 1])
def test_a_full_disk_ends_the_upload_and_gives_back_the_room(tmp_path: Path, room: int) -> None:
    disk = SmallDisk(room)
    store = LocalChunkStore(tmp_path, disk=disk, pack_bytes=PACK)
    upload = store.upload()
    with pytest.raises(StoreFull, match="no space left"):
        write_and_finish(upload.write, upload.finish)
    assert packs_of(tmp_path) == {}
    assert store.stats().chunks == 0
    disk.room = 10 * MIB
    assert whole(store, put(store, NEW).manifest) == NEW


def write_and_finish(write: Callable[[bytes], None], finish: Callable[[], object]) -> None:
    for seed in range(3):
        write(noise(MIB, seed))
    finish()


class FullForIndex(Disk):
    """A disk that may have no room for the index either, unless the reserve is given up."""

    is_full = False

    def commit(self, connection: sqlite3.Connection, *, durable: bool) -> None:
        if durable and self.is_full:
            connection.execute("PRAGMA max_page_count = 1")
            connection.execute("CREATE TABLE much AS SELECT randomblob(1000000)")
        super().commit(connection, durable=durable)

    def remove(self, path: Path) -> None:
        super().remove(path)
        if path.name == "reserve":
            self.is_full = False


def test_a_disk_full_at_the_last_commit_leaves_nothing_visible(tmp_path: Path) -> None:
    disk = FullForIndex()
    store = LocalChunkStore(tmp_path, disk=disk, pack_bytes=PACK)
    upload = store.upload()
    upload.write(NEW)
    disk.is_full = True
    with pytest.raises(StoreFull):
        upload.finish()
    assert store.stats().chunks == 0
    disk.is_full = False
    store.gc(nothing)
    assert packs_of(tmp_path) == {}


def test_a_collection_on_a_full_disk_uses_the_reserve(tmp_path: Path) -> None:
    disk = FullForIndex()
    store = LocalChunkStore(tmp_path, disk=disk, pack_bytes=PACK)
    live = put(store, SHARED).manifest
    put(store, NEW)
    disk.is_full = True
    assert store.gc(lambda: [live]).bytes > 0.9 * MIB
    assert whole(store, live) == SHARED
    assert (tmp_path / "reserve").stat().st_size > MIB


def test_a_collection_without_room_to_copy_takes_what_is_wholly_dead(tmp_path: Path) -> None:
    disk = SmallDisk(100 * MIB)
    store = LocalChunkStore(tmp_path, disk=disk, pack_bytes=PACK)
    put(store, SHARED[: 200 * KIB] + DEAD[: 200 * KIB])
    dead, live = put(store, NEW).manifest, put(store, SHARED[: 200 * KIB]).manifest
    disk.room = 0
    assert MIB < store.gc(lambda: [live]).bytes < 1.1 * MIB
    assert whole(store, live) == SHARED[: 200 * KIB]
    with pytest.raises(Absent):
        whole(store, dead)
    disk.room = MIB
    assert 100 * KIB < store.gc(lambda: [live]).bytes < 210 * KIB
    assert whole(store, live) == SHARED[: 200 * KIB]


def test_an_error_that_is_not_about_room_is_told_as_it_is(tmp_path: Path) -> None:
    class BrokenDisk(Disk):
        def sync(self, file: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

    store = LocalChunkStore(tmp_path, disk=BrokenDisk(), pack_bytes=PACK)
    with store.upload() as upload, pytest.raises(OSError, match="Input/output error"):
        write_and_finish(upload.write, upload.finish)
    assert packs_of(tmp_path) == {}


class SlowDisk(Disk):
    """A disk that is slow to sync, and remembers what it has not synced."""

    def __init__(self) -> None:
        self.unsynced: set[int | str] = set()
        self.left_unsynced: list[set[int | str]] = []

    def create(self, path: Path) -> int:
        file = super().create(path)
        self.unsynced |= {file, "folder"}
        return file

    def sync(self, file: int) -> None:
        time.sleep(0.05)
        super().sync(file)
        self.unsynced.remove(file)

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        self.unsynced.discard("folder")

    def commit(self, connection: sqlite3.Connection, *, durable: bool) -> None:
        if durable:
            self.left_unsynced.append(set(self.unsynced))
        super().commit(connection, durable=durable)


def test_packs_and_their_names_are_durable_before_they_show(tmp_path: Path) -> None:
    disk = SlowDisk()
    store = LocalChunkStore(tmp_path, disk=disk, pack_bytes=PACK)
    put(store, NEW)
    assert not any(disk.left_unsynced)
