"""Several stores of one cloud, read as one."""

from __future__ import annotations

import pytest

from pileus.chunks.errors import Absent, Damaged, Unreachable
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.stores import ChunkStores
from tests.chunks.contents import MIB, noise, put


def pair() -> tuple[FakeChunkStore, FakeChunkStore, ChunkStores]:
    fast, far = FakeChunkStore(), FakeChunkStore()
    return fast, far, ChunkStores({"fast": fast, "far": far})


def test_the_default_store_is_the_first_unless_named() -> None:
    *_, stores = pair()
    assert stores.default == "fast" and list(stores) == ["fast", "far"]
    assert ChunkStores(dict(stores), "far").default == "far"
    with pytest.raises(ValueError, match="no chunk store"):
        ChunkStores(dict(stores), "lost")


def test_what_one_store_has_lost_or_damaged_is_read_from_another() -> None:
    fast, far, stores = pair()
    name = put(fast, noise(MIB)).manifest
    put(far, noise(MIB))
    lost, damaged, *_ = [entry.address or "" for _, entry in fast.entries(name)]
    del fast.kept[lost]
    fast.kept[damaged] = b"something else"
    assert b"".join(stores.among(["fast", "far"]).read(name)) == noise(MIB)
    with pytest.raises(Absent):
        list(stores.among(["fast"]).read(name))
    del fast.kept[damaged], far.kept[damaged]
    with pytest.raises(Absent):
        list(stores.all().chunks([damaged]))


def test_damage_everywhere_is_told_as_the_first_store_tells_it() -> None:
    fast, far, stores = pair()
    name = put(fast, noise(MIB)).manifest
    put(far, noise(MIB))
    address = next(entry.address or "" for _, entry in fast.entries(name))
    fast.kept[address] = far.kept[address] = b"something else"
    with pytest.raises(Damaged):
        list(stores.all().chunks([address]))


def test_a_store_that_does_not_answer_is_read_last_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    fast, far, stores = pair()
    name = put(fast, noise(MIB)).manifest
    put(far, noise(MIB))
    fast.is_away = True
    assert b"".join(stores.all().read(name)) == noise(MIB)
    fast.is_away, far.is_away = False, True
    assert b"".join(stores.all().read(name)) == noise(MIB), "the second was asked first, and does not answer either"
    asked = []
    monkeypatch.setattr(fast, "chunks", lambda addresses: asked.append(addresses))
    far.is_away = False
    stores = ChunkStores({"fast": fast, "far": far})
    stores.away.note(fast)
    assert b"".join(stores.all().read(name)) == noise(MIB)
    assert asked == []


def test_what_may_be_in_a_store_that_does_not_answer_is_not_told_to_be_nowhere() -> None:
    fast, far, stores = pair()
    name = put(fast, noise(MIB)).manifest
    fast.is_away = True
    for one in (stores, ChunkStores({"far": far, "fast": fast})):
        with pytest.raises(Unreachable):
            list(one.all().read(name))


def test_an_image_of_unknown_stores_is_looked_for_in_all() -> None:
    _, far, stores = pair()
    name = put(far, noise(MIB)).manifest
    for names in ([], None, ["gone"]):
        assert b"".join(stores.among(names).read(name, 5, 7)) == noise(MIB)[5:12]
    assert sum(entry.length for _, entry in stores.among(["far"]).entries(name)) == MIB
