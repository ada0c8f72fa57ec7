"""The store on disk: several processes, several threads, and an index that may be lost."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from pileus.chunks.disk import Disk
from pileus.chunks.errors import ChunkError, Damaged
from pileus.chunks.local import LocalChunkStore
from tests.chunks.contents import KIB, MIB, noise, nothing, parts, prose, put, whole
from tests.chunks.local.deaths import deaths, packs_of


def in_a_process(act: Callable[[], None]) -> int:
    """Do something in a process of its own; its number."""
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def end_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_objects_outlive_the_process(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path)
    name = put(store, noise(MIB)).manifest
    store.close()
    assert whole(LocalChunkStore(tmp_path), name) == noise(MIB)


def test_processes_share_a_folder(tmp_path: Path) -> None:
    """Three upload, their objects overlapping, and one collects all the time; every object comes out whole."""

    def upload(seed: int) -> None:
        store = LocalChunkStore(tmp_path / "store", pack_bytes=MIB)
        for turn in range(5):
            content = noise(MIB) + noise(MIB, seed * 10 + turn)
            with store.upload() as upload:
                for part in parts(content, 200_000):
                    upload.write(part)
                name = upload.finish().manifest
                (tmp_path / "names" / name).touch()
            assert whole(store, name) == content

    def collect() -> None:
        store = LocalChunkStore(tmp_path / "store", pack_bytes=MIB)
        for _ in range(15):
            store.gc(names_of)

    def names_of() -> list[str]:
        return [path.name for path in (tmp_path / "names").iterdir()]

    (tmp_path / "names").mkdir()
    works: list[Callable[[], None]] = [*(partial(upload, seed) for seed in (1, 2, 3)), collect]
    children = [in_a_process(each) for each in works]
    assert [end_of(child) for child in children] == [0] * 4
    store = LocalChunkStore(tmp_path / "store")
    names = names_of()
    assert len(names) == 15
    store.gc(lambda: names)
    assert all(len(whole(store, name)) == 2 * MIB for name in names)
    assert store.stats().disk_bytes < 17 * MIB / 0.75


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path)
    contents = [noise(MIB, seed % 3) for seed in range(8)]
    with ThreadPoolExecutor(8) as threads:
        names = [stored.manifest for stored in threads.map(lambda content: put(store, content), contents)]
        assert list(threads.map(lambda name: whole(store, name), names)) == contents
    store.gc(lambda: names)
    assert store.stats().disk_bytes < 3.1 * MIB


def test_what_a_killed_process_uploaded_is_given_back_at_the_next_opening(tmp_path: Path) -> None:
    def act() -> None:
        upload = LocalChunkStore(tmp_path, pack_bytes=MIB).upload()
        upload.write(noise(3 * MIB))
        os.kill(os.getpid(), signal.SIGKILL)

    assert end_of(in_a_process(act)) == -signal.SIGKILL
    assert list((tmp_path / "packs").iterdir())
    LocalChunkStore(tmp_path)
    assert list((tmp_path / "packs").iterdir()) == []


def test_an_upload_under_way_is_left_alone_by_another_opening(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path, pack_bytes=MIB)
    with store.upload() as upload:
        upload.write(noise(3 * MIB))
        other = LocalChunkStore(tmp_path)
        other.gc(nothing)
        name = upload.finish().manifest
        assert whole(other, name) == noise(3 * MIB)


def test_a_lost_index_is_made_again_from_the_packs(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path, pack_bytes=MIB)
    name = put(store, noise(3 * MIB)).manifest
    before = store.stats()
    store.close()
    for path in tmp_path.glob("index.sqlite*"):
        path.unlink()
    store = LocalChunkStore(tmp_path, pack_bytes=MIB)
    assert store.stats() == before
    assert whole(store, name) == noise(3 * MIB)
    assert put(store, noise(3 * MIB)).added == 0


@pytest.mark.parametrize("kept", [0, 1, 39, 40, 41, 200 * KIB, MIB - 1])
def test_of_a_pack_cut_short_the_whole_chunks_are_taken_in(tmp_path: Path, kept: int) -> None:
    store = LocalChunkStore(tmp_path)
    name = put(store, noise(MIB)).manifest
    lengths = [entry.length for _, entry in store.entries(name)]
    store.close()
    for path in tmp_path.glob("index.sqlite*"):
        path.unlink()
    (pack,) = (tmp_path / "packs").iterdir()
    os.truncate(pack, kept)
    store = LocalChunkStore(tmp_path)
    ends = [sum(lengths[: number + 1]) + 40 * (number + 1) for number in range(len(lengths))]
    assert store.stats().chunks == sum(end <= kept for end in ends)
    assert store.stats().disk_bytes == (kept if ends[0] <= kept else 0)
    assert put(store, noise(MIB)).manifest == name
    assert whole(store, name) == noise(MIB)


@pytest.mark.parametrize("place", [2, 20, 500 * KIB])
def test_damage_in_a_pack_costs_one_chunk_when_the_index_is_lost_too(tmp_path: Path, place: int) -> None:
    store = LocalChunkStore(tmp_path)
    put(store, noise(MIB))
    chunks = store.stats().chunks
    store.close()
    for path in tmp_path.glob("index.sqlite*"):
        path.unlink()
    (pack,) = (tmp_path / "packs").iterdir()
    content = bytearray(pack.read_bytes())
    content[place] ^= 1
    pack.write_bytes(content)
    assert LocalChunkStore(tmp_path).stats().chunks == chunks - 1


def test_a_pack_the_index_does_not_know_is_taken_in_and_judged(tmp_path: Path) -> None:
    """As after putting back an older copy of the index."""
    store = LocalChunkStore(tmp_path)
    name = put(store, noise(MIB)).manifest
    store.close()
    with sqlite3.connect(tmp_path / "index.sqlite") as index:
        index.execute("DELETE FROM packs")
        index.execute("DELETE FROM places")
    store = LocalChunkStore(tmp_path)
    assert whole(store, name) == noise(MIB)
    store.gc(nothing)
    assert store.stats().packs == 0


def test_a_damaged_chunk_is_never_given_out(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path)
    name = put(store, noise(MIB)).manifest
    (pack,) = (tmp_path / "packs").iterdir()
    content = pack.read_bytes()
    for damaged in (content[: 700 * KIB] + b"!" + content[700 * KIB + 1 :], content[: 700 * KIB]):
        pack.write_bytes(damaged)
        with pytest.raises(Damaged):
            list(store.read(name))


def test_what_compresses_takes_less_of_the_disk(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path)
    name = put(store, prose(2 * MIB) + noise(MIB)).manifest
    stats = store.stats()
    assert stats.data_bytes > 3 * MIB > 1.2 * stats.disk_bytes
    assert whole(store, name) == prose(2 * MIB) + noise(MIB)
    assert b"".join(store.read(name, MIB, 5000, verify=False)) == prose(2 * MIB)[MIB : MIB + 5000]


def test_a_damaged_compressed_chunk_is_never_given_out(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path)
    name = put(store, prose(MIB)).manifest
    (pack,) = (tmp_path / "packs").iterdir()
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.write_bytes(content)
    with pytest.raises(Damaged):
        list(store.read(name))


def first_version(path: Path) -> str:
    """Make a store as the first version did, plain records and an index that knows one length of each; its object."""
    store = LocalChunkStore(path)
    name = put(store, noise(MIB)).manifest
    store.close()
    with closing(sqlite3.connect(path / "index.sqlite")) as index:
        index.execute("ALTER TABLE places DROP COLUMN size")
        index.execute("PRAGMA user_version = 1")
        index.commit()
    return name


def test_a_store_made_before_chunks_were_compressed_is_read_and_written(tmp_path: Path) -> None:
    name = first_version(tmp_path)
    store = LocalChunkStore(tmp_path)
    assert whole(store, name) == noise(MIB)
    assert put(store, noise(MIB)).added == 0
    newer = put(store, prose(MIB)).manifest
    store.gc(lambda: [name, newer])
    assert (whole(store, name), whole(store, newer)) == (noise(MIB), prose(MIB))


@pytest.mark.slow
@pytest.mark.parametrize("is_power_cut", [False, True])
def test_an_older_store_may_die_anywhere_while_its_index_becomes_a_newer_one(
    tmp_path: Path, is_power_cut: bool
) -> None:
    name = first_version(tmp_path / "before")

    def act(path: Path, disk: Disk, say: Callable[[str], None]) -> None:
        store = LocalChunkStore(path, disk=disk)
        put(store, prose(MIB))
        say("written")

    versions = set()
    for path, _ in deaths(tmp_path / "before", tmp_path, act, is_power_cut=is_power_cut):
        with closing(sqlite3.connect(path / "index.sqlite")) as index:
            versions.add(index.execute("PRAGMA user_version").fetchone()[0])
        store = LocalChunkStore(path)
        assert whole(store, name) == noise(MIB)
        assert put(store, noise(MIB)).added == 0
        assert whole(store, put(store, prose(MIB)).manifest) == prose(MIB)
        store.gc(nothing)
        assert packs_of(path) == {}
        store.close()
    assert versions == {1, 2}


def test_a_store_of_an_unknown_version_is_not_touched(tmp_path: Path) -> None:
    LocalChunkStore(tmp_path).close()
    with sqlite3.connect(tmp_path / "index.sqlite") as index:
        index.execute("PRAGMA user_version = 99")
    with pytest.raises(ChunkError, match="version 99"):
        LocalChunkStore(tmp_path)


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path / "store")
    put(store, noise(MIB))
    for path in [tmp_path / "store", *(tmp_path / "store").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0
