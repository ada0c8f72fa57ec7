"""Images of disks that another service has."""

from __future__ import annotations

import pytest

from pileus import image
from pileus.image import Disk
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Gone, Missing
from pileus.kernel.store import Store
from tests.image.gallery import NOWHERE, Gallery

DISK = Disk("chunks", "ab" * 32, 1 << 20, b"", b"")


@pytest.fixture
def store(gallery: Gallery) -> Store:
    return gallery.store


@pytest.fixture
def made(store: Store) -> str:
    return str(begun(store)["id"])


def begun(store: Store, **properties: str) -> dict[str, object]:
    """A snapshot that waits."""
    who = Caller(user_id="u", project_id="alice", roles=frozenset({"member"}))
    row = store.write(image.begin_snapshot, who, "snap", properties, min_disk=1, min_ram=2)
    return dict(row)


def status(store: Store, image_id: str) -> bool:
    return store.read(image.has_come, image_id)


def test_it_waits_comes_and_is_there(store: Store, made: str) -> None:
    store.write(image.snapshot_comes, made)
    assert not status(store, made)
    store.write(image.keep_snapshot, made, DISK)
    assert status(store, made)
    store.write(image.drop_snapshot, made)
    assert status(store, made)


def test_one_that_does_not_come_waits_again_or_goes(store: Store, made: str) -> None:
    store.write(image.snapshot_comes, made)
    with pytest.raises(Conflict):
        store.write(image.snapshot_comes, made)
    store.write(image.snapshot_waits, made)
    store.write(image.snapshot_comes, made)
    store.write(image.drop_snapshot, made)
    with pytest.raises(Gone):
        status(store, made)
    with pytest.raises(Gone):
        store.write(image.keep_snapshot, made, DISK)
    store.write(image.drop_snapshot, made)


def test_it_is_its_makers_and_private(store: Store) -> None:
    row = begun(store, hw_disk_bus="virtio")
    assert (row["owner"], row["visibility"], row["status"], row["min_disk"]) == ("alice", "private", "queued", 1)
    assert row["extras"] == {"hw_disk_bus": "virtio"}


def test_what_cannot_be_a_property_is_refused(store: Store) -> None:
    with pytest.raises(Forbidden):
        begun(store, os_glance_stage="x")


def test_one_that_never_was_does_not_come(store: Store) -> None:
    with pytest.raises(Missing):
        store.write(image.snapshot_comes, NOWHERE)
