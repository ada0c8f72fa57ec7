"""The image cache of a host: fetched once, whole or not at all, bounded, and never taken from who uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest

from pileus.chunks.disk import Disk
from pileus.chunks.errors import Absent, ChunkError, Damaged, StoreFull
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.host.cache import SPARE, ImageCache
from tests.chunks.contents import KIB, MIB, noise, put


class Origin:
    """An image service at the other end: counts what it gives, and may fail."""

    def __init__(self) -> None:
        self.store = FakeChunkStore()
        self.given: list[str] = []
        self.fails_after: int | None = None
        self._turn = Lock()

    def put(self, content: bytes) -> str:
        return put(self.store, content).manifest

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        for address in addresses:
            with self._turn:
                if self.fails_after is not None and len(self.given) >= self.fails_after:
                    raise ConnectionResetError("the image service has gone")
                self.given.append(address)
            yield next(self.store.chunks([address], verify=False))


@pytest.fixture
def origin() -> Origin:
    return Origin()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ImageCache]:
    """A cache of 8 MiB."""
    made = ImageCache(tmp_path / "cache", 8 * MIB)
    yield made
    made.close()


@pytest.mark.parametrize(
    "content", [b"", b"tiny", noise(3 * MIB + 5), noise(MIB) * 3, bytes(70_000) + noise(9) + bytes(5)]
)
def test_an_image_becomes_a_flat_file(cache: ImageCache, origin: Origin, content: bytes) -> None:
    path = cache.fetch(origin.put(content), origin, "vm")
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o222 == 0


def test_zeros_are_holes(cache: ImageCache, origin: Origin) -> None:
    content = noise(MIB) + bytes(40 * MIB) + noise(MIB, 2)
    path = cache.fetch(origin.put(content), origin, "vm")
    assert path.stat().st_size == len(content)
    assert path.stat().st_blocks * 512 < 2.2 * MIB
    assert cache.used() == 2 * MIB


def test_twenty_boots_fetch_an_image_once(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(noise(2 * MIB))
    with ThreadPoolExecutor(20) as boots:
        paths = set(boots.map(lambda vm: cache.fetch(name, origin, f"vm{vm}"), range(20)))
    assert len(paths) == 1
    assert len(origin.given) == len(set(origin.given)) == len(origin.store.kept)
    assert cache.pins() == {name: {f"vm{vm}" for vm in range(20)}}


def test_two_images_arrive_side_by_side(cache: ImageCache, origin: Origin) -> None:
    contents = [noise(2 * MIB, seed) for seed in range(3)]
    names = [origin.put(content) for content in contents]
    with ThreadPoolExecutor(3) as boots:
        paths = list(boots.map(lambda name: cache.fetch(name, origin, "vm"), names))
    assert [path.read_bytes() for path in paths] == contents


def test_chunks_that_another_image_has_do_not_travel(cache: ImageCache, origin: Origin) -> None:
    base = noise(3 * MIB)
    cache.fetch(origin.put(base), origin, "vm")
    origin.given.clear()
    path = cache.fetch(origin.put(base + noise(200 * KIB, 2)), origin, "vm")
    assert path.read_bytes() == base + noise(200 * KIB, 2)
    assert sum(len(origin.store.kept[address]) for address in set(origin.given)) < 350 * KIB


def test_the_image_unused_longest_makes_room(cache: ImageCache, origin: Origin) -> None:
    names = [origin.put(noise(3 * MIB, seed)) for seed in range(4)]
    for name in (names[0], names[1], names[0]):
        cache.fetch(name, origin, "vm")
        cache.unpin(name, "vm")
    gone = cache.fetch(names[1], origin, "vm").with_name(f"{names[0]}.image")
    cache.unpin(names[1], "vm")
    cache.fetch(names[2], origin, "vm")
    assert cache.images() == [names[1], names[2]]
    assert not gone.exists()
    assert cache.used() == 6 * MIB


def test_an_image_in_use_is_never_given_up(cache: ImageCache, origin: Origin) -> None:
    names = [origin.put(noise(3 * MIB, seed)) for seed in range(3)]
    for name in names[:2]:
        cache.fetch(name, origin, "vm")
    with pytest.raises(StoreFull, match="leave no room"):
        cache.fetch(names[2], origin, "other")
    assert not cache.forget(names[0])
    assert cache.images() == names[:2]
    assert cache.pins() == {names[0]: {"vm"}, names[1]: {"vm"}}
    cache.unpin(names[0], "vm")
    cache.unpin(names[0], "vm")
    assert cache.fetch(names[2], origin, "other").read_bytes() == noise(3 * MIB, 2)


def test_an_image_that_can_never_fit_drives_nothing_out(cache: ImageCache, origin: Origin) -> None:
    small = origin.put(noise(MIB))
    cache.fetch(small, origin, "vm")
    cache.unpin(small, "vm")
    with pytest.raises(StoreFull):
        cache.fetch(origin.put(noise(9 * MIB, 2)), origin, "vm")
    assert cache.images() == [small]


def test_a_broken_fetch_shows_nothing_and_is_taken_up_again(cache: ImageCache, origin: Origin, tmp_path: Path) -> None:
    name = origin.put(noise(30 * MIB))
    cache.close()
    cache = ImageCache(tmp_path / "cache", 64 * MIB)
    origin.fails_after = 300
    with pytest.raises(ConnectionResetError):
        cache.fetch(name, origin, "vm")
    assert cache.images() == []
    assert cache.pins() == {}
    cache.close()
    origin.fails_after = None
    origin.given.clear()
    cache = ImageCache(tmp_path / "cache", 64 * MIB)
    assert cache.fetch(name, origin, "vm").read_bytes() == noise(30 * MIB)
    assert sum(len(origin.store.kept[address]) for address in origin.given) < 15 * MIB


def test_images_and_pins_outlive_a_restart(cache: ImageCache, origin: Origin, tmp_path: Path) -> None:
    names = [origin.put(noise(MIB, seed)) for seed in (1, 2)]
    for name in names:
        cache.fetch(name, origin, "vm")
    cache.unpin(names[0], "vm")
    cache.close()
    origin.fails_after = 0
    again = ImageCache(tmp_path / "cache", 8 * MIB)
    assert again.images() == names
    assert again.pins() == {names[1]: {"vm"}}
    assert again.fetch(names[0], origin, "other").read_bytes() == noise(MIB)


def test_an_image_whose_file_was_taken_away_is_fetched_again(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(noise(MIB))
    cache.fetch(name, origin, "vm").unlink()
    assert cache.fetch(name, origin, "vm").read_bytes() == noise(MIB)


def test_files_of_nobody_go_at_the_start(cache: ImageCache, tmp_path: Path) -> None:
    cache.close()
    strangers = [tmp_path / "cache" / f"{'ab' * 32}.{kind}" for kind in ("image", "unfinished")]
    for stranger in strangers:
        stranger.write_bytes(b"left over")
    ImageCache(tmp_path / "cache", MIB)
    assert not any(stranger.exists() for stranger in strangers)


def test_a_source_that_gives_something_else_is_not_believed(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(noise(MIB))
    address = next(entry.address for _, entry in origin.store.entries(name) if entry.address)
    kept, origin.store.kept[address] = origin.store.kept[address], noise(50_000, 7)
    with pytest.raises(Damaged):
        cache.fetch(name, origin, "vm")
    assert cache.images() == []
    origin.store.kept[address] = kept
    assert cache.fetch(name, origin, "vm").read_bytes() == noise(MIB)


def test_a_manifest_that_is_forged_is_not_believed(cache: ImageCache, origin: Origin) -> None:
    name, other = origin.put(noise(MIB)), origin.put(noise(MIB, 2))
    origin.store.kept[name] = origin.store.kept[other]
    with pytest.raises(Damaged):
        cache.fetch(name, origin, "vm")


def test_damage_in_a_file_is_found_and_not_copied(cache: ImageCache, origin: Origin) -> None:
    base = noise(2 * MIB)
    name = origin.put(base)
    path = cache.fetch(name, origin, "vm")
    assert cache.is_sound(name)
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(MIB)
        file.write(b"damage")
    assert not cache.is_sound(name)
    longer = cache.fetch(origin.put(base + b"more"), origin, "vm")
    assert longer.read_bytes() == base + b"more"


def test_what_is_no_name_of_an_object_is_refused(cache: ImageCache, origin: Origin) -> None:
    for name in ("../../etc/passwd", "", "AB" * 32, "ab" * 31):
        with pytest.raises(ValueError, match="is not the name"):
            cache.fetch(name, origin, "vm")
    with pytest.raises(Absent):
        cache.fetch("ab" * 32, origin, "vm")


def test_a_cache_belongs_to_one_process(cache: ImageCache, tmp_path: Path) -> None:
    with pytest.raises(ChunkError, match="another process"):
        ImageCache(tmp_path / "cache", MIB)


def test_a_full_disk_is_said_and_its_room_given_back(
    cache: ImageCache, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> int:
        raise OSError(28, "No space left on device")

    name = origin.put(noise(MIB))
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", write)
        with pytest.raises(StoreFull):
            cache.fetch(name, origin, "vm")
    assert cache.used() == 0
    assert list((tmp_path / "cache").glob("*.unfinished")) == []
    assert cache.fetch(name, origin, "vm").read_bytes() == noise(MIB)


def test_images_leave_the_disk_what_others_need(
    cache: ImageCache, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (origin.put(noise(2 * MIB, seed)) for seed in range(2))
    cache.fetch(first, origin, "vm")
    monkeypatch.setattr(Disk, "free", lambda *_: SPARE + MIB)
    with pytest.raises(StoreFull, match="leave no room"):
        cache.fetch(second, origin, "vm")
    cache.unpin(first, "vm")
    assert cache.fetch(second, origin, "vm").read_bytes() == noise(2 * MIB, 1)
    assert cache.images() == [second]
