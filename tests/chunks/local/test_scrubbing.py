"""A scrub survives: wherever its process dies, no chunk is lost that was there or that another store has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pileus.chunks.disk import Disk
from pileus.chunks.errors import Absent, Damaged
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.local import LocalChunkStore
from pileus.chunks.scrubbing import scrub
from tests.chunks.contents import KIB, MIB, noise, nothing, put, whole
from tests.chunks.local.deaths import deaths, packs_of

pytestmark = pytest.mark.slow

PACK = 512 * KIB
KEPT, LOST = noise(MIB), noise(300 * KIB, 2)


@pytest.fixture
def before(tmp_path: Path) -> tuple[Path, str, str]:
    """A store with a damaged chunk in each of two objects."""
    path = tmp_path / "before"
    store = LocalChunkStore(path, pack_bytes=PACK)
    kept, lost = put(store, KEPT).manifest, put(store, LOST).manifest
    store.close()
    first, *_, last = sorted((path / "packs").iterdir())
    for pack in (first, last):
        content = bytearray(pack.read_bytes())
        content[5000] ^= 1
        pack.write_bytes(content)
    return path, kept, lost


@pytest.mark.parametrize("is_power_cut", [False, True])
def test_a_scrub_may_die_anywhere(before: tuple[Path, str, str], tmp_path: Path, is_power_cut: bool) -> None:
    template, kept, lost = before
    other = FakeChunkStore()
    put(other, KEPT)

    def act(path: Path, disk: Disk, say: Callable[[str], None]) -> None:
        store = LocalChunkStore(path, disk=disk, pack_bytes=PACK)
        for found in scrub({"here": store, "there": other}, "here"):
            say(f"{found.mended}+{len(found.lost)}")

    count = 0
    for path, said in deaths(template, tmp_path, act, is_power_cut=is_power_cut):
        check_survival(path, other, (kept, lost), said)
        count += 1
    assert count > 15
    assert said[-1] == "1+1"


def check_survival(path: Path, other: FakeChunkStore, names: tuple[str, str], said: list[str]) -> None:
    """What another store has is never forgotten, and whole once that was said; nobody gets what is damaged."""
    store = LocalChunkStore(path, pack_bytes=PACK)
    if said and said[-1].startswith("1"):
        assert whole(store, names[0]) == KEPT
    else:
        assert read(store, names[0]) in (KEPT, Damaged)
    assert read(store, names[1]) in (Absent, Damaged)
    *_, found = scrub({"here": store, "there": other}, "here")
    assert found.damaged == found.mended + len(found.lost)
    put(store, LOST)
    assert (whole(store, names[0]), whole(store, names[1])) == (KEPT, LOST)
    store.gc(lambda: names)
    assert (whole(store, names[0]), whole(store, names[1])) == (KEPT, LOST)
    assert store.stats().disk_bytes == sum(packs_of(path).values()) < 1.8 * MIB
    store.gc(nothing)
    assert packs_of(path) == {}
    assert list((path / "leases").iterdir()) == []
    store.close()


def read(store: LocalChunkStore, name: str) -> object:
    """An object, or why it cannot be read."""
    try:
        return whole(store, name)
    except (Absent, Damaged) as error:
        return type(error)
