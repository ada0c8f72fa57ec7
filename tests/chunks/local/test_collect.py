"""Collection, and what may come between its acts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pileus.chunks.disk import Disk
from pileus.chunks.errors import Damaged
from pileus.chunks.local import LocalChunkStore
from pileus.chunks.store import Freed
from tests.chunks.contents import KIB, MIB, noise, put, whole

SHARED, DEAD = noise(200 * KIB), noise(300 * KIB, 2)


class Interrupted(Disk):
    """A disk on which something else happens just before a pack is made."""

    interruption: Callable[[], None] | None = None

    def create(self, path: Path) -> int:
        happens, self.interruption = self.interruption, None
        if happens is not None:
            happens()
        return super().create(path)


@pytest.fixture
def disk() -> Interrupted:
    return Interrupted()


def sparse_store(path: Path, disk: Disk) -> tuple[LocalChunkStore, str]:
    """A store with one pack, of which less than half is live."""
    store = LocalChunkStore(path, disk=disk)
    put(store, SHARED + DEAD)
    return store, put(store, SHARED).manifest


def test_what_is_live_of_a_sparse_pack_is_copied(tmp_path: Path, disk: Interrupted) -> None:
    store, live = sparse_store(tmp_path, disk)
    assert store.gc(lambda: [live]).packs == 1
    assert whole(store, live) == SHARED
    assert store.stats().disk_bytes < len(SHARED) + 2 * KIB


def test_a_pack_that_is_mostly_live_is_left_as_it_is(tmp_path: Path, disk: Interrupted) -> None:
    store, _ = sparse_store(tmp_path, disk)
    live = put(store, SHARED + DEAD[: 250 * KIB]).manifest
    store.gc(lambda: [live])
    assert whole(store, live) == SHARED + DEAD[: 250 * KIB]
    assert store.stats().disk_bytes > len(SHARED) + len(DEAD)


def test_many_small_packs_become_one(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path, pack_bytes=2 * MIB)
    contents = [noise(50 * KIB, seed) for seed in range(20)]
    names = [put(store, content).manifest for content in contents]
    assert store.stats().packs == 20
    store.gc(lambda: names)
    assert store.stats().packs == 1
    assert [whole(store, name) for name in names] == contents
    assert store.gc(lambda: names) == Freed(packs=0, bytes=0)


def test_a_pack_that_an_upload_comes_to_count_on_while_it_is_copied_stays(tmp_path: Path, disk: Interrupted) -> None:
    store, live = sparse_store(tmp_path, disk)
    names: list[str] = []
    disk.interruption = lambda: names.append(put(LocalChunkStore(tmp_path), SHARED + DEAD).manifest)
    store.gc(lambda: [live])
    assert whole(store, names[0]) == SHARED + DEAD
    store.gc(lambda: [live, *names])
    store.gc(lambda: names)
    assert whole(store, names[0]) == SHARED + DEAD


def test_a_reader_goes_on_while_its_chunks_move(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path, pack_bytes=MIB)
    contents = [noise(2 * MIB, seed) for seed in range(2)]
    name = put(store, b"".join(contents)).manifest
    for seed in range(3):
        put(store, noise(200 * KIB, seed + 9))
    reading = store.read(name)
    found = [next(reading)]
    live = put(store, contents[0][:MIB] + contents[1]).manifest
    store.gc(lambda: [name, live])
    assert b"".join([*found, *reading]) == b"".join(contents)


def test_a_chunk_that_moved_after_its_place_was_looked_up_is_found_again(tmp_path: Path, disk: Interrupted) -> None:
    store, live = sparse_store(tmp_path, disk)
    other = put(store, noise(MIB, 3)).manifest
    asked = [entry.address or "" for name in (other, live) for _, entry in store.entries(name)]
    chunks = store.chunks([asked[0], asked[-2]])
    assert len(next(chunks)) > 0
    assert store.gc(lambda: [other, live]).packs == 1
    assert next(chunks) in SHARED


def test_of_two_copies_one_goes(tmp_path: Path) -> None:
    store = LocalChunkStore(tmp_path)
    content = noise(2 * MIB)
    with store.upload() as first, store.upload() as second:
        first.write(content)
        second.write(content)
        name = first.finish().manifest
        assert second.finish().manifest == name
    assert store.stats().disk_bytes > 3.8 * MIB
    store.gc(lambda: [name])
    assert store.stats().disk_bytes < 2.1 * MIB
    assert whole(store, name) == content


def test_a_pack_with_a_damaged_chunk_is_kept_for_whoever_can_mend_it(tmp_path: Path, disk: Interrupted) -> None:
    store, live = sparse_store(tmp_path, disk)
    pack = min((tmp_path / "packs").iterdir())
    content = bytearray(pack.read_bytes())
    content[100] ^= 1
    pack.write_bytes(content)
    assert store.gc(lambda: [live]) == Freed(packs=0, bytes=0)
    with pytest.raises(Damaged):
        whole(store, live)
    assert len(b"".join(store.read(live, verify=False))) == len(SHARED)
