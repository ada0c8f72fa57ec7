"""Snapshots whose store has no room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.chunks import ChunkStores
from pileus.chunks.local import LocalChunkStore
from pileus.image.images.table import images
from tests.chunks.contents import MIB
from tests.chunks.disks import Disk
from tests.compute.snapshots.test_workflow import taken
from tests.toy import Toy

pytestmark = [pytest.mark.hosts, pytest.mark.slow]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk", 16 * MIB)
    yield made
    made.close()


@pytest.fixture
def full(toy: Toy, disk: Disk) -> Iterator[LocalChunkStore]:
    """The store that images of servers go to; the image these are made from is in another."""
    made = LocalChunkStore(disk.path / "chunks")
    store = toy.cloud.store
    store.write(lambda tx: tx.change(images, toy.image, stores=["chunks"]))
    store.add(ChunkStores({"full": made, "chunks": store.part(ChunkStores)["chunks"]}, "full"))
    yield made
    made.close()


@pytest.mark.parametrize("spare", [4096, 16384, 28672])
def test_a_snapshot_without_room_leaves_nothing_and_the_next_one_succeeds(
    toy: Toy, disk: Disk, full: LocalChunkStore, monkeypatch: pytest.MonkeyPatch, spare: int
) -> None:
    """Whether there is no room for the lease, for the chunks, or for what makes them show."""
    monkeypatch.setattr("pileus.host.snapshots.FIRST_PAUSE", 0.0)
    alice = toy.member("alice")
    web = alice.boot()
    toy.settle()
    disk.fill(spare)
    assert taken(alice, web)["status"] == 404
    server = toy.sees(web)
    assert (server.status, getattr(server, "OS-EXT-STS:task_state")) == ("ACTIVE", None)
    actions = alice.compute.at("2.84")(f"GET /servers/{web}/os-instance-actions").body["instanceActions"]
    assert "no room" in {action["action"]: action["message"] for action in actions}["createImage"]
    assert (full.stats().chunks, list((disk.path / "chunks" / "packs").iterdir())) == (0, [])
    disk.empty()
    made = taken(alice, web)
    assert (made["status"], made["stores"]) == ("active", "full")
    assert len(alice.image(f"GET /images/{made['id']}/file").content) == 1 << 30
