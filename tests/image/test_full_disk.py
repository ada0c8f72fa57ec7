"""A disk without room: whatever is under way ends with a clear answer, gives its room back, and can be done again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus import image
from pileus.chunks import ChunkStores
from pileus.chunks.local import LocalChunkStore
from pileus.client.api import Failed
from pileus.image import Scratch
from pileus.image.chunks.plain import unpack_packed
from pileus.image.images.table import image_row
from pileus.kernel.store import Store
from tests.chunks.contents import MIB, noise
from tests.chunks.disks import Disk
from tests.image.gallery import Gallery
from tests.image.imports.web import plain, web
from tests.image.pushes.carrying import push

pytestmark = [pytest.mark.hosts, pytest.mark.slow]

CONTENT = noise(6 * MIB)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk", 64 * MIB)
    yield made
    made.close()


@pytest.fixture
def full(disk: Disk, sqlite_store: Store) -> Iterator[Gallery]:
    """A gallery with a store and a cache on a small disk, of which 4 MiB are left."""
    made = Gallery(sqlite_store, attics=("near",))
    made.settle(cache_store="near", web_download_allow=("127.0.0.1",))
    stores = {name: LocalChunkStore(disk.path / name) for name in ("chunks", "near")}
    made.store.add(ChunkStores({**stores}), Scratch(disk.path / "scratch"))
    collect(made)
    disk.fill(4 * MIB)
    yield made
    made.close()
    for store in stores.values():
        store.close()


def collect(gallery: Gallery) -> None:
    for name, store in gallery.store.part(ChunkStores).items():
        store.gc(lambda name=name: image.live_manifests(gallery.store, name))  # type: ignore[misc]


def stored(gallery: Gallery) -> int:
    """Chunks that show."""
    return sum(store.stats().chunks for store in gallery.store.part(ChunkStores).values())


def check_room_is_back(gallery: Gallery, disk: Disk) -> None:
    """All but what the index took, and at once: no collection comes before the next try."""
    assert stored(gallery) == 0
    assert disk.free > 3 * MIB
    disk.empty()


def test_an_upload_is_refused_and_leaves_nothing(full: Gallery, disk: Disk) -> None:
    made = full.make()
    heard = full.upload(full.alice, made, CONTENT)
    assert (heard.code, b"no room" in heard.content, full.status(made)) == (413, True, "queued")
    check_room_is_back(full, disk)
    assert full.upload(full.alice, made, CONTENT).code == 204
    assert full.alice(f"GET /images/{made}/file").content == CONTENT


def test_staged_bytes_are_refused_and_leave_nothing(full: Gallery, disk: Disk) -> None:
    made = full.make()
    assert (full.stage(made, CONTENT).code, full.status(made)) == (413, "queued")
    check_room_is_back(full, disk)
    assert full.stage(made, CONTENT).code == 204
    full.bring(made, "glance-direct")
    full.work()
    assert full.alice(f"GET /images/{made}/file").content == CONTENT


def test_an_import_from_the_web_fails_and_tells_why(full: Gallery, disk: Disk) -> None:
    made = full.make()
    with web({"/disk": plain(CONTENT)}) as address:
        full.bring(made, "web-download", uri=f"{address}/disk")
        full.work()
        (task,) = full.alice(f"GET /images/{made}/tasks").body["tasks"]
        assert (full.status(made), task["status"], "no room" in task["message"]) == ("queued", "failure", True)
        check_room_is_back(full, disk)
        full.bring(made, "web-download", uri=f"{address}/disk")
        full.work()
    assert full.alice(f"GET /images/{made}/file").content == CONTENT


def test_a_push_keeps_the_parts_that_had_room_and_goes_on(full: Gallery, disk: Disk, tmp_path: Path) -> None:
    path, made = tmp_path / "disk.raw", full.make()
    path.write_bytes(noise(30 * MIB))
    disk.empty()
    disk.fill(20 * MIB)
    with pytest.raises(Failed, match="413"):
        push(full, full.alice, path, image_id=made)
    assert (full.status(made), full.alice(f"GET /images/{made}/file").code) == ("saving", 204)
    collect(full)
    disk.empty()
    _, pushed = push(full, full.alice, path, image_id=made)
    assert 10 * MIB < pushed.sent < 20 * MIB
    assert full.alice(f"GET /images/{made}/file").content == path.read_bytes()


def test_a_copy_for_the_cache_is_given_up(full: Gallery, disk: Disk) -> None:
    disk.empty()
    made = full.make(content=CONTENT)
    disk.fill(4 * MIB)
    for there in (0, 1):
        assert full.admin(f"PUT /cache/{made}").code == 202
        full.work()
        told = full.admin("GET /cache").body
        assert (len(told["cached_images"]), told["queued_images"]) == (there, [])
        assert full.alice(f"GET /images/{made}/file").content == CONTENT
        if not there:
            assert full.store.part(ChunkStores)["near"].stats().chunks == 0
            assert disk.free > 3 * MIB
            disk.empty()


@pytest.mark.parametrize("spare", [2 * MIB, 9 * MIB])
def test_an_image_is_unpacked_when_there_is_room_again(full: Gallery, disk: Disk, tmp_path: Path, spare: int) -> None:
    """Whether the packed file finds no room, or what it becomes."""
    raw, packed = tmp_path / "raw", tmp_path / "packed"
    raw.write_bytes(CONTENT)
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, packed], check=True)
    disk.empty()
    made = full.make(disk_format="qcow2", content=packed.read_bytes())
    disk.fill(spare)
    unpack_packed(full.store)
    assert plain_size(full, made) is None
    assert disk.free > spare - MIB
    assert list((disk.path / "scratch").iterdir()) == []
    disk.empty()
    unpack_packed(full.store)
    assert plain_size(full, made) == len(CONTENT)


def plain_size(gallery: Gallery, made: str) -> object:
    row = gallery.store.read(image_row, made)
    return row and row["plain_size"]
