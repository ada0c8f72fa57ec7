"""Snapshots whose store is an S3: slow, away for a while, or lying about what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pileus.chunks import ChunkStores
from pileus.chunks.s3.bucket import Bucket
from pileus.chunks.s3.store import S3ChunkStore
from pileus.image import live_manifests
from pileus.image.images.table import images
from tests.chunks.s3.moto_server import FakeS3
from tests.compute.snapshots.test_workflow import taken
from tests.toy import Toy

pytestmark = pytest.mark.slow


class Far:
    """A toy whose images of its own making go to an S3; the image its servers are made from is on a disk."""

    def __init__(self, toy: Toy, s3: FakeS3, folder: Path) -> None:
        self.toy, self.alice, self.gate = toy, toy.member("alice"), s3.gate
        self.bucket = Bucket(s3.settings(folder, patience=1.0))
        store = toy.cloud.store
        near = store.part(ChunkStores)["chunks"]
        self.far = S3ChunkStore("far", self.bucket, store)
        self.web = self.alice.boot()
        toy.settle()
        store.write(lambda tx: tx.change(images, toy.image, stores=["chunks"]))
        store.add(ChunkStores({"far": self.far, "chunks": near}, "far"))

    def check(self, told: dict[str, Any]) -> None:
        """The image is whole, and nothing else is kept."""
        assert (told["status"], told["stores"]) == ("active", "far")
        content = self.alice.image(f"GET /images/{told['id']}/file").content
        assert (len(content), content[:4]) == (1 << 30, b"toy\0")
        self.far.gc(lambda: live_manifests(self.toy.cloud.store, "far"))
        assert self.far.stats().disk_bytes == sum(len(self.bucket.whole(each)) for each in self.bucket.names("packs"))


@pytest.fixture(scope="module")
def s3() -> Iterator[FakeS3]:
    """An S3 for these tests."""
    made = FakeS3()
    yield made
    made.close()


@pytest.fixture
def far(toy: Toy, s3: FakeS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    monkeypatch.setattr("pileus.host.snapshots.FIRST_PAUSE", 0.0)
    made = Far(toy, s3, tmp_path)
    yield made
    s3.gate.mend()
    made.far.close()


def test_a_snapshot_comes_to_a_slow_s3(far: Far) -> None:
    far.gate.delay = 0.02
    far.check(taken(far.alice, far.web))


def test_a_snapshot_outlasts_an_s3_that_loses_what_it_took(far: Far) -> None:
    lost: list[str] = []

    def loses(path: str) -> bool:
        lost.append(path)
        return len(lost) <= 5  # more than one delivery has patience for

    far.gate.loses = loses
    far.check(taken(far.alice, far.web))
    assert len(lost) > 5


@pytest.mark.parametrize("fault", ["loses", "refuses"])
def test_an_s3_that_keeps_nothing_leaves_no_image_and_the_next_snapshot_succeeds(far: Far, fault: str) -> None:
    setattr(far.gate, fault, lambda *asked: True)
    assert taken(far.alice, far.web)["status"] == 404
    assert far.toy.sees(far.web).status == "ACTIVE"
    far.gate.mend()
    far.far.gc(list)
    assert list(far.bucket.names("packs")) == []
    far.check(taken(far.alice, far.web))
