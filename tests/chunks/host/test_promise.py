"""Images that are used before they are whole: chunks come when they are asked for, each travels once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from pileus.chunks.errors import Absent, Damaged, StoreFull
from pileus.chunks.host import layout as layouts
from pileus.chunks.host.cache import ImageCache
from pileus.chunks.host.layout import Layout
from tests.chunks.contents import KIB, MIB, noise
from tests.host.images.origin import Origin

CONTENT = noise(2 * MIB) + bytes(3 * MIB) + noise(MIB, 2)


@pytest.fixture
def origin() -> Origin:
    return Origin()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ImageCache]:
    """A cache of 8 MiB."""
    made = ImageCache(tmp_path / "cache", 8 * MIB)
    yield made
    made.close()


def layout_of(origin: Origin, name: str) -> Layout:
    return Layout(origin.store.entries(name))


def test_a_promised_image_has_its_size_and_its_first_bytes_at_once(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(CONTENT)
    path, is_whole = cache.promise(name, origin, "vm")
    assert not is_whole
    assert path.stat().st_size == len(CONTENT)
    assert path.read_bytes()[: 40 * KIB] == CONTENT[: 40 * KIB]
    assert len(origin.given) == 3  # root, segment, chunk
    assert cache.images() == []
    assert cache.pins() == {name: {"vm"}}


def test_chunks_come_when_they_are_asked_for_and_once(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(CONTENT)
    path, layout = cache.promise(name, origin, "vm").path, layout_of(origin, name)
    for offset, length in [(MIB, 100_000), (MIB + 1, 5), (2 * MIB - 3, 4 * MIB), (5 * MIB, MIB)]:
        cache.bring(name, layout.within(offset, length), origin)
        assert path.read_bytes()[offset : offset + length] == CONTENT[offset : offset + length]
    assert len(origin.given) == len(set(origin.given))
    assert cache.bring(name, layout.within(5 * MIB, MIB), origin) == 0


def test_who_waits_for_the_same_chunk_waits_for_one_request(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(CONTENT)
    cache.promise(name, origin, "vm")
    origin.slow, ready = 0.05, Barrier(8)

    def ask(_: int) -> int:
        ready.wait()
        return cache.bring(name, range(10, 14), origin)

    with ThreadPoolExecutor(8) as guests:
        came = list(guests.map(ask, range(8)))
    assert len(origin.given) == len(set(origin.given)) == 3 + 4
    assert sorted(came)[:-1] == [0] * 7


def test_fetch_completes_what_was_promised(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(CONTENT)
    cache.promise(name, origin, "vm")
    cache.bring(name, range(20, 25), origin, ahead=True)
    with ThreadPoolExecutor(4) as threads:
        paths = set(threads.map(lambda holder: cache.fetch(name, origin, str(holder)), range(4)))
    (path,) = paths
    assert path.read_bytes() == CONTENT
    assert len(origin.given) == len(set(origin.given)) == len(origin.store.kept)
    assert cache.promise(name, origin, "other") == (path, True)
    assert cache.bring(name, range(5), origin) == 0


def test_what_was_brought_outlives_a_restart_and_needs_no_manifest_from_afar(
    cache: ImageCache, origin: Origin, tmp_path: Path
) -> None:
    name = origin.put(CONTENT)
    cache.promise(name, origin, "vm")
    cache.bring(name, range(5), origin)
    cache.close()
    origin.given.clear()
    again = ImageCache(tmp_path / "cache", 8 * MIB)
    assert again.pins() == {name: {"vm"}}
    assert again.bring(name, range(7), origin) == sum(layout_of(origin, name).length(at) for at in (5, 6))
    assert len(origin.given) == 2
    assert again.fetch(name, origin, "vm").read_bytes() == CONTENT
    again.close()


def test_a_map_that_was_cut_short_is_fetched_anew(cache: ImageCache, origin: Origin, tmp_path: Path) -> None:
    name = origin.put(CONTENT)
    cache.promise(name, origin, "vm")
    cache.close()
    for content in (b"", b"\0\0\0\x09short", b"\xff" * 50, layouts_file(tmp_path, name)[:-5]):
        (tmp_path / "cache" / f"{name}.map").write_bytes(content)
        again = ImageCache(tmp_path / "cache", 8 * MIB)
        again.bring(name, range(3), origin)
        assert again.promised(name).path.read_bytes()[:MIB].count(0) < MIB
        again.close()


def layouts_file(folder: Path, name: str) -> bytes:
    return (folder / "cache" / f"{name}.map").read_bytes()


def test_a_source_that_fails_is_asked_again_the_next_time(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(CONTENT)
    cache.promise(name, origin, "vm")
    origin.is_there.clear()
    for _ in range(2):
        with pytest.raises(Exception, match="gone"):
            cache.bring(name, range(5), origin)
    origin.is_there.set()
    assert cache.bring(name, range(5), origin) > 0
    assert cache.pins() == {name: {"vm"}}


def test_a_chunk_that_is_something_else_is_never_written(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(CONTENT)
    layout = layout_of(origin, name)
    path = cache.promise(name, origin, "vm").path
    origin.store.kept[layout.address(3) or ""] = noise(layout.length(3), 9)
    with pytest.raises(Damaged):
        cache.bring(name, range(2, 5), origin)
    assert path.read_bytes()[layout.start(3) : layout.start(4)].count(0) == layout.length(3)


def test_an_image_nobody_was_promised_is_not_brought(cache: ImageCache, origin: Origin) -> None:
    name = origin.put(CONTENT)
    with pytest.raises(Absent):
        cache.bring(name, range(5), origin)
    cache.promise(name, origin, "vm")
    assert not cache.forget(name)
    cache.unpin(name, "vm")
    assert cache.forget(name)
    with pytest.raises(Absent):
        cache.bring(name, range(5), origin)
    assert cache.bring(cache.promise(name, origin, "vm").path.stem, range(10**6), origin) > 0


def test_a_promise_that_has_no_room_leaves_nothing(cache: ImageCache, origin: Origin, tmp_path: Path) -> None:
    held = origin.put(noise(6 * MIB, 3))
    cache.promise(held, origin, "vm")
    with pytest.raises(StoreFull):
        cache.promise(origin.put(CONTENT), origin, "other")
    assert cache.pins() == {held: {"vm"}}
    assert {path.stem for path in (tmp_path / "cache").glob("*.[um]*")} == {held}


def test_completing_gives_way_to_who_waits(cache: ImageCache, origin: Origin) -> None:
    filling, other = origin.put(noise(5 * MIB)), origin.put(CONTENT[-MIB:])
    cache.promise(other, origin, "vm")

    class Held:
        """A source that keeps one waiting."""

        asked, may_answer = Event(), Event()

        def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
            self.asked.set()
            self.may_answer.wait(20)
            return origin.chunks(addresses)

    held = Held()
    urgent = Thread(target=cache.bring, args=(other, range(2, 5), held))
    urgent.start()
    held.asked.wait(20)
    fill = Thread(target=cache.fetch, args=(filling, origin, "disk"))
    fill.start()
    fill.join(0.5)
    assert len(origin.given) <= 5  # manifests only
    held.may_answer.set()
    fill.join(20)
    urgent.join(20)
    assert filling in cache.images()


def test_a_layout_finds_what_holds_some_bytes() -> None:
    origin = Origin()
    layout = layout_of(origin, origin.put(CONTENT))
    assert layout.size == len(CONTENT)
    assert sum(layout.length(at) for at in range(len(layout))) == len(CONTENT)
    assert list(layout.within(0, 0)) == []
    for offset, length in [(0, 1), (5, 10 * KIB), (2 * MIB, 1), (len(CONTENT) - 1, 1), (0, len(CONTENT))]:
        numbers = layout.within(offset, length)
        assert layout.start(numbers[0]) <= offset < layout.start(numbers[0]) + layout.length(numbers[0])
        last = layout.start(numbers[-1])
        assert last < offset + length <= last + layout.length(numbers[-1])


def test_a_layout_is_small() -> None:
    origin = Origin()
    name = origin.put(noise(8 * MIB))
    blobs = layouts.fetched(origin.chunks, name)
    assert sum(map(len, blobs)) < 41 * len(layouts.laid_out(blobs, name)) + 200
