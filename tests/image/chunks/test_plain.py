"""qcow2 images unpacked for hosts: kept as they were uploaded, and beside that as plain chunks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pileus import image
from pileus.image.chunks.plain import unpack_packed
from pileus.image.imports.convert import Scratch
from pileus.kernel.store import Store
from tests.chunks.contents import MIB, noise, prose
from tests.image.gallery import PEOPLE, Gallery


@pytest.fixture
def disk() -> bytes:
    return prose(3 * MIB) + bytes(4 * MIB) + noise(MIB)


def packed(folder: Path, disk: bytes, *, name: str = "disk") -> bytes:
    """A compressed qcow2 of a disk."""
    raw, made = folder / f"{name}.raw", folder / f"{name}.qcow2"
    raw.write_bytes(disk)
    subprocess.run(["qemu-img", "convert", "-c", "-O", "qcow2", str(raw), str(made)], check=True)
    return made.read_bytes()


@pytest.fixture
def unpacking(gallery: Gallery, tmp_path: Path) -> Gallery:
    gallery.store.add(Scratch(tmp_path / "scratch"))
    return gallery


def bootable(store: Store, image_id: str) -> dict[str, object]:
    return store.read(image.bootable, PEOPLE["alice"], image_id)


def test_hosts_get_the_plain_disk_and_owners_what_they_sent(unpacking: Gallery, tmp_path: Path, disk: bytes) -> None:
    content = packed(tmp_path, disk)
    made = unpacking.make(content=content, disk_format="qcow2")
    before = unpacking.alice(f"GET /images/{made}").body
    unpack_packed(unpacking.store)
    found = bootable(unpacking.store, made)
    assert found["plain_size"] == len(disk)
    assert b"".join(unpacking.chunks.read(str(found["plain_manifest"]))) == disk
    assert unpacking.alice(f"GET /images/{made}/file").content == content
    assert unpacking.alice(f"GET /images/{made}").body == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_copy_is_spared_by_collections_goes_with_its_image_and_is_made_once(
    unpacking: Gallery, tmp_path: Path, disk: bytes
) -> None:
    made = unpacking.make(content=packed(tmp_path, disk), disk_format="qcow2")
    unpack_packed(unpacking.store)
    used = unpacking.chunks.used()
    unpacking.chunks.gc(lambda: image.live_manifests(unpacking.store, "chunks"))
    unpack_packed(unpacking.store)
    assert unpacking.chunks.used() == used
    unpacking.alice(f"DELETE /images/{made}")
    unpacking.chunks.gc(lambda: image.live_manifests(unpacking.store, "chunks"))
    assert unpacking.chunks.used() == 0


def test_a_later_version_costs_its_change_on_hosts(unpacking: Gallery, tmp_path: Path) -> None:
    """Compressed, the two files share next to nothing."""
    old = noise(8 * MIB)
    new = old[: 4 * MIB] + noise(64 << 10, 2) + old[4 * MIB + (64 << 10) :]
    unpacking.make(content=packed(tmp_path, old), disk_format="qcow2")
    unpack_packed(unpacking.store)
    unpacking.make(content=packed(tmp_path, new), disk_format="qcow2")
    before = unpacking.chunks.used()
    unpack_packed(unpacking.store)
    assert unpacking.chunks.used() - before < 600_000


def test_what_cannot_be_unpacked_is_left_alone_and_not_tried_again(unpacking: Gallery, tmp_path: Path) -> None:
    content = bytearray(packed(tmp_path, noise(2 * MIB)))
    content[65536:MIB] = b"\xff" * (MIB - 65536)
    made = unpacking.make(content=bytes(content), disk_format="qcow2")
    unpack_packed(unpacking.store)
    found = bootable(unpacking.store, made)
    assert found["plain_manifest"] is None
    assert unpacking.store.read(lambda tx: tx.all(image.chunks.plain._PACKED, most=1 << 40)) == []


def test_disks_too_large_and_images_that_are_plain_stay_as_they_are(
    unpacking: Gallery, tmp_path: Path, disk: bytes
) -> None:
    unpacking.settle(unpack_most_bytes=MIB)
    made = [
        unpacking.make(content=packed(tmp_path, disk), disk_format="qcow2"),
        unpacking.make(content=disk),
    ]
    unpack_packed(unpacking.store)
    assert [bootable(unpacking.store, each)["plain_manifest"] for each in made] == [None, None]
