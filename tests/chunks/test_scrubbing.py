"""Scrubbing: damage is found, put back from another store where one has it, and told where none has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pileus.chunks.errors import Absent
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.local import LocalChunkStore
from pileus.chunks.s3.store import S3ChunkStore
from pileus.chunks.scrubbing import Scrubbed, concerns, scrub
from pileus.chunks.store import ChunkStore
from tests.chunks.contents import KIB, MIB, noise, nothing, prose, put, whole

Damage = Callable[[], None]


def spoil(content: bytes) -> bytes:
    """Another byte in the middle of it."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.fixture(params=["local", "s3", "fake"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ChunkStore, Damage]]:
    """A store of each kind, and what damages one chunk in it."""
    if request.param == "local":
        local = LocalChunkStore(tmp_path / "store", pack_bytes=512 * KIB)

        def damage() -> None:
            pack = min((tmp_path / "store" / "packs").iterdir())
            pack.write_bytes(spoil(pack.read_bytes()))

        yield local, damage
        local.close()
    elif request.param == "s3":
        bucket = request.getfixturevalue("s3").bucket(tmp_path)
        far = S3ChunkStore("far", bucket, request.getfixturevalue("sqlite_store"), pack_bytes=512 * KIB)

        def damage() -> None:
            name = min(bucket.names("packs"), key=lambda each: len(bucket.whole(each)) < 100 * KIB)
            content = spoil(bucket.whole(name))
            bucket.remove(name)
            bucket.put(name, content)

        yield far, damage
        far.close()
    else:
        fake = FakeChunkStore()

        def damage() -> None:
            address = max(fake.kept, key=lambda each: len(fake.kept[each]))
            fake.kept[address] = spoil(fake.kept[address])

        yield fake, damage


def last(found: Iterator[Scrubbed]) -> Scrubbed:
    return list(found)[-1]


def test_a_sound_store_has_no_flaws(case: tuple[ChunkStore, Damage]) -> None:
    store, _ = case
    put(store, noise(MIB) + prose(MIB))
    found = last(scrub({"one": store}, "one"))
    assert found == Scrubbed(bytes=store.stats().disk_bytes)


def test_damage_is_put_back_from_another_store(case: tuple[ChunkStore, Damage]) -> None:
    store, damage = case
    content, other = noise(3 * MIB), FakeChunkStore()
    name = put(store, content).manifest
    put(other, content)
    damage()
    found = last(scrub({"one": store, "other": other}, "one"))
    assert (found.damaged, found.mended, found.lost) == (1, 1, ())
    assert whole(store, name) == content
    assert last(scrub({"one": store}, "one")).damaged == 0
    store.gc(lambda: [name])
    assert whole(store, name) == content


def test_what_nobody_has_is_lost_until_it_comes_again(case: tuple[ChunkStore, Damage]) -> None:
    """Either object may be the one that is damaged: packs on S3 have names by chance."""
    store, damage = case
    content, other = noise(3 * MIB), noise(MIB, 2)
    name, beside = put(store, content).manifest, put(store, other).manifest
    damage()
    found = last(scrub({"one": store, "other": FakeChunkStore()}, "one"))
    assert (found.damaged, found.mended, len(found.lost)) == (1, 0, 1)
    lost = frozenset(found.lost)
    assert {concerns(store, each, lost) for each in (name, beside)} == {True, False}
    with pytest.raises(Absent):
        list(store.chunks(found.lost))
    assert put(store, content).added + put(store, other).added > 0
    assert (whole(store, name), whole(store, beside)) == (content, other)
    store.gc(nothing)
    assert store.stats().disk_bytes == 0


def test_a_pack_whose_file_is_gone_is_all_damage(tmp_path: Path) -> None:
    store, other = LocalChunkStore(tmp_path, pack_bytes=512 * KIB), FakeChunkStore()
    content = noise(2 * MIB)
    name = put(store, content).manifest
    put(other, content)
    min((tmp_path / "packs").iterdir()).unlink()
    found = last(scrub({"one": store, "other": other}, "one"))
    assert found.damaged == found.mended > 3
    assert whole(store, name) == content
