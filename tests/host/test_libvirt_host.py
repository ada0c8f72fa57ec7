"""What of a real host can be seen without libvirt: how images come, and what its interfaces carry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.host.cache import ImageCache
from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.spec import ImageRef
from pileus.host.libvirt_host import BRIDGED_KBPS, CachedImages, kbps_of
from tests.chunks.contents import KIB, MIB, noise, put


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ImageCache]:
    made = ImageCache(tmp_path / "images", 2 * MIB)
    yield made
    made.close()


def reference(manifest: str, size: int = 1) -> ImageRef:
    return ImageRef(id="i", format="raw", size=size, manifest=manifest)


def test_an_image_comes_by_chunks_and_is_held_by_nobody_afterwards(cache: ImageCache) -> None:
    cloud, content = FakeChunkStore(), noise(300 * KIB)
    file = CachedImages(cache, cloud).path_of(reference(put(cloud, content).manifest))
    assert file.read_bytes() == content
    assert cache.pins() == {}


def test_an_image_the_cloud_does_not_have_is_told_in_a_sentence(cache: ImageCache) -> None:
    with pytest.raises(HypervisorFailed) as told:
        CachedImages(cache, FakeChunkStore()).path_of(reference("0" * 64))
    assert told.value.said == "The host could not fetch the image."


def test_an_image_that_has_no_room_is_told_as_such(cache: ImageCache) -> None:
    cloud = FakeChunkStore()
    with pytest.raises(HypervisorFailed) as told:
        CachedImages(cache, cloud).path_of(reference(put(cloud, noise(3 * MIB)).manifest))
    assert told.value.said == "The host has no room for the image."


def test_an_interface_that_tells_no_speed_counts_as_a_bridge() -> None:
    assert kbps_of(None) == kbps_of("lo") == BRIDGED_KBPS
