"""A host's images: from a neighbour before the cloud, from the cloud where no neighbour gives them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pileus.chunks import passes
from pileus.chunks.host.cache import ImageCache
from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.spec import ImageRef
from pileus.host.images.cloud import Known, Neighbour
from pileus.host.images.door import Door, on_machine
from pileus.host.images.keep import TELL_AGAIN, HostImages
from pileus.kernel.clock import HeldClock, SystemClock
from tests.chunks.contents import KIB, MIB, noise
from tests.host.images.origin import Origin
from tests.toy import Toy

Made = tuple[ImageCache, HostImages]
Make = Callable[[str], Made]


@pytest.fixture
def origin() -> Origin:
    return Origin()


@pytest.fixture
def host(origin: Origin, tmp_path: Path, clock: HeldClock) -> Iterator[Make]:
    """Makes hosts with an open door."""
    opened: list[ImageCache] = []

    def make(name: str) -> Made:
        cache = ImageCache(tmp_path / name, 4 * MIB)
        Door(cache, lambda: origin.key, on_machine(tmp_path / f"{name}.sock"), SystemClock()).open()
        opened.append(cache)
        return cache, HostImages(cache, origin, clock, door=f"unix:{tmp_path / name}.sock")

    yield make
    for cache in opened:
        cache.close()


def reference(manifest: str, size: int = 1) -> ImageRef:
    return ImageRef(id="i", format="raw", size=size, manifest=manifest)


def sent_to(origin: Origin, name: str, *doors: str, key: bytes = Origin.key) -> None:
    """The cloud names neighbours."""
    shown = passes.issue_pass(key, name, int(time.time()) + 60)
    origin.known[name] = Known([Neighbour(door, shown) for door in doors])


def test_an_image_comes_by_chunks_and_is_held_by_nobody_afterwards(origin: Origin, host: Make) -> None:
    cache, images = host("a")
    assert images.path_of(reference(origin.put(noise(300 * KIB)))).read_bytes() == noise(300 * KIB)
    assert cache.pins() == {}


def test_twenty_boots_at_a_time_fetch_an_image_once(origin: Origin, host: Make) -> None:
    cache, images = host("a")
    name, origin.slow = origin.put(noise(2 * MIB)), 0.02
    with ThreadPoolExecutor(20) as boots:
        paths = set(boots.map(images.path_of, [reference(name)] * 20))
    assert [path.read_bytes() for path in paths] == [noise(2 * MIB)]
    assert len(origin.given) == len(set(origin.given)) == len(origin.store.kept)
    assert cache.pins() == {}


def test_an_image_the_cloud_does_not_have_is_told_in_a_sentence(host: Make) -> None:
    for name in ("0" * 64, "../x"):
        with pytest.raises(HypervisorFailed) as told:
            host(f"a{len(name)}")[1].path_of(reference(name))
        assert told.value.said == "The host could not fetch the image."


def test_an_image_that_has_no_room_is_told_as_such(origin: Origin, host: Make) -> None:
    with pytest.raises(HypervisorFailed) as told:
        host("a")[1].path_of(reference(origin.put(noise(5 * MIB))))
    assert told.value.said == "The host has no room for the image."


def test_what_a_neighbour_has_does_not_come_from_the_cloud(origin: Origin, host: Make, tmp_path: Path) -> None:
    name = origin.put(noise(2 * MIB))
    host("a")[1].path_of(reference(name))
    sent_to(origin, name, f"unix:{tmp_path}/a.sock")
    origin.given.clear()
    assert host("b")[1].path_of(reference(name)).read_bytes() == noise(2 * MIB)
    assert origin.given == []


@pytest.mark.parametrize("fault", ["absent", "another key", "damaged", "lacking", "silent"])
def test_a_neighbour_that_fails_is_made_up_for_by_the_cloud(
    origin: Origin, host: Make, tmp_path: Path, fault: str
) -> None:
    name, door = origin.put(noise(2 * MIB)), f"unix:{tmp_path}/a.sock"
    if fault != "absent":
        cache, images = host("a")
        path = images.path_of(reference(name))
        path.chmod(0o600)
        if fault == "damaged":
            path.write_bytes(noise(2 * MIB, 2))
        if fault == "lacking":
            cache.forget(name)
    sent_to(origin, name, door, key=b"other" if fault == "another key" else origin.key)
    assert host("b")[1].path_of(reference(name)).read_bytes() == noise(2 * MIB)


def test_the_cloud_is_told_what_is_here_when_that_changes_and_now_and_then(
    origin: Origin, host: Make, clock: HeldClock, tmp_path: Path
) -> None:
    _, images = host("a")
    images.tell()
    name = origin.put(noise(MIB))
    images.path_of(reference(name))
    images.tell()
    assert origin.held == {f"unix:{tmp_path}/a.sock": [name]}
    origin.held = {}
    images.tell()
    assert origin.held == {}
    clock.forward(TELL_AGAIN)
    images.tell()
    assert origin.held != {}


def test_in_a_cloud_ten_servers_on_a_host_fetch_their_image_once(tmp_path: Path) -> None:
    toy = Toy(tmp_path, images=True)
    try:
        toy.image = toy.make_image("large", noise(2 * MIB))
        (host, *_) = toy.hosts
        fetched = []
        for boots in (1, 9):
            made = [toy.admin.boot(f"web-{boots}-{at}", availability_zone=f"nova:{host.name}") for at in range(boots)]
            toy.settle(seconds=1)
            assert {toy.sees(each).status for each in made} == {"ACTIVE"}
            fetched.append(host.link.fetched)
        assert fetched[0] == fetched[1] > 20
    finally:
        toy.close()


def test_in_a_cloud_the_second_host_fetches_from_the_first(tmp_path: Path) -> None:
    toy = Toy(tmp_path, images=True)
    try:
        toy.image = toy.make_image("large", noise(2 * MIB))
        fetched = []
        for host in toy.hosts:
            web = toy.admin.boot(f"on-{host.name}", availability_zone=f"nova:{host.name}")
            toy.settle(seconds=1)
            assert toy.sees(web).status == "ACTIVE"
            fetched.append(host.link.fetched)
        assert fetched[0] > 20
        assert fetched[1] == 0
    finally:
        toy.close()
