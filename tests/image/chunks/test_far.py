"""Images in an S3 that is away for a while, or lies about what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.chunks import ChunkStores, LocalStoreSettings
from pileus.chunks.s3.store import S3ChunkStore
from pileus.client.api import Failed
from pileus.image import live_manifests
from pileus.kernel.store import Store
from tests.chunks.contents import MIB, noise
from tests.chunks.s3.moto_server import FakeS3, Gate
from tests.image.gallery import Gallery
from tests.image.pushes.carrying import push

pytestmark = pytest.mark.slow

CONTENT = noise(3 * MIB)


class Far(Gallery):
    """A gallery whose images go to an S3, unless their sender names the store on this side."""

    def __init__(self, store: Store, s3: FakeS3, folder: Path) -> None:
        super().__init__(store, attics=("far",))
        self.gate: Gate = s3.gate
        self.bucket = s3.bucket(folder, patience=1.0)
        self.far = S3ChunkStore("far", self.bucket, store)
        self.settle(stores={"far": LocalStoreSettings(weight=5), "chunks": LocalStoreSettings()})
        store.add(ChunkStores({"far": self.far, "chunks": self.chunks}, "far"))

    def kept(self) -> list[str]:
        """Objects in the S3 after a collection."""
        self.far.gc(lambda: live_manifests(self.store, "far"))
        return list(self.bucket.names("packs"))

    def close(self) -> None:
        self.gate.mend()
        self.far.close()
        super().close()


@pytest.fixture(scope="module")
def s3() -> Iterator[FakeS3]:
    made = FakeS3()
    yield made
    made.close()


@pytest.fixture
def far(sqlite_store: Store, s3: FakeS3, tmp_path: Path) -> Iterator[Far]:
    made = Far(sqlite_store, s3, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("fault", ["loses", "refuses"])
def test_an_upload_is_refused_and_leaves_nothing(far: Far, fault: str) -> None:
    made = far.make()
    setattr(far.gate, fault, lambda *asked: True)
    assert far.upload(far.alice, made, CONTENT).code == 503
    far.gate.mend()
    assert (far.status(made), far.kept()) == ("queued", [])
    assert far.upload(far.alice, made, CONTENT).code == 204
    assert far.alice(f"GET /images/{made}/file").content == CONTENT


@pytest.mark.parametrize("fault", ["loses", "refuses"])
def test_a_push_is_refused_and_goes_on_later(far: Far, tmp_path: Path, fault: str) -> None:
    path, made = tmp_path / "disk.raw", far.make()
    path.write_bytes(CONTENT)
    setattr(far.gate, fault, lambda *asked: True)
    with pytest.raises(Failed, match="503"):
        push(far, far.alice, path, image_id=made)
    assert (far.status(made), far.alice(f"GET /images/{made}/file").code) == ("saving", 204)
    far.gate.mend()
    assert far.kept() == []
    push(far, far.alice, path, image_id=made)
    assert far.alice(f"GET /images/{made}/file").content == CONTENT


def test_a_push_whose_last_object_is_lost_does_not_show(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "disk.raw"
    path.write_bytes(CONTENT)
    objects: list[str] = []
    far.gate.loses = lambda path: objects.append(path) or len(objects) > 1  # type: ignore[func-returns-value]
    made = far.make()
    with pytest.raises(Failed, match="503"):
        push(far, far.alice, path, image_id=made)
    assert (far.status(made), far.alice(f"GET /images/{made}/file").code) == ("saving", 204)
    far.gate.mend()
    push(far, far.alice, path, image_id=made)
    assert far.alice(f"GET /images/{made}/file").content == CONTENT


def test_an_image_that_is_far_only_is_told_to_be_away(far: Far) -> None:
    made = far.make(content=CONTENT)
    far.gate.refuses = lambda *asked: True
    assert far.alice(f"GET /images/{made}/file").code == 503
    far.gate.mend()
    assert far.alice(f"GET /images/{made}/file").content == CONTENT


def test_an_image_that_is_near_as_well_is_read_from_there(far: Far) -> None:
    made = far.make(content=CONTENT)
    assert far.bring(made, "copy-image", far.admin, stores=["chunks"]).code == 202
    far.work()
    far.gate.refuses = lambda *asked: True
    assert far.alice(f"GET /images/{made}/file").content == CONTENT
    before = len(far.gate.asked)
    assert far.alice(f"GET /images/{made}/file").content == CONTENT
    assert len(far.gate.asked) == before, "who did not answer is asked last for a while"
