"""What hosts bring: only what was asked of them, whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.chunks import ChunkError, ChunkStore, ChunkStores, Parcel, StoreFull, Unreachable
from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.intake.records import KNOWN, NEW, SAME, ZEROS, Record
from pileus.chunks.manifest import address_of
from pileus.fleet import Came, Expected, Receivers, want
from pileus.kernel.errors import Unsupported
from pileus.kernel.store import Store, Tx
from tests.chunks.contents import MIB, noise, put, whole
from tests.fleet.conftest import Fleet, Host, Thing

DATA = noise(100_000)
PARCEL = Record(NEW, len(DATA)).packed() + DATA + Record(ZEROS, MIB).packed()
OCTETS = {"content-type": "application/octet-stream"}


class Taker:
    """Takes in things, and notes what it was told."""

    def __init__(self) -> None:
        self.older: str | None = None
        self.told: list[Any] = []
        self.refuses = False

    def begin(self, tx: Tx, host_id: str, id: str) -> Expected:
        """At once."""
        self.told.append("begin")
        return Expected("chunks", self.older, 10 * MIB)

    def keep(self, tx: Tx, host_id: str, id: str, came: Came) -> None:
        """Unless it was told to refuse."""
        if self.refuses:
            raise Unsupported("It is ugly.")
        self.told.append(came)

    def give_up(self, tx: Tx, host_id: str, id: str) -> None:
        """Noted."""
        self.told.append("give up")


@pytest.fixture
def taker(fleet_cloud: Fleet, store: Store) -> Taker:
    made = Taker()
    store.add(Receivers({"thing": made}))
    return made


@pytest.fixture
def host(fleet_cloud: Fleet, store: Store) -> Host:
    made = fleet_cloud.host("h1")
    store.write(lambda tx: want(tx, made.id, "thing", "t1", Thing()))
    return made


@pytest.fixture
def chunks(store: Store, fleet_cloud: Fleet) -> ChunkStore:
    return store.part(ChunkStores)["chunks"]


def bring(host: Host, parcel: bytes, thing: str = "thing/t1") -> Any:
    return host.ask(f"PUT /hosts/{host.id}/{thing}/object", parcel, headers=OCTETS)


def test_an_object_comes_whole_and_its_ends_are_shown(host: Host, taker: Taker, chunks: ChunkStore) -> None:
    assert bring(host, PARCEL).code == 204
    began, came = taker.told
    assert began == "begin"
    assert (came.store, came.size) == ("chunks", len(DATA) + MIB)
    assert came.head == DATA[: len(came.head)]
    assert came.tail == bytes(2048)
    assert whole(chunks, came.manifest) == DATA + bytes(MIB)


def test_it_may_repeat_an_older_object(host: Host, taker: Taker, chunks: ChunkStore) -> None:
    taker.older = put(chunks, noise(MIB, 8)).manifest
    assert bring(host, Record(SAME, MIB).packed()).code == 204
    assert taker.told[-1].manifest == taker.older


@pytest.mark.parametrize(
    ("parcel", "code"),
    [
        (PARCEL[:-1], 400),
        (b"?" * 41, 400),
        (Record(SAME, MIB).packed(), 400),
        (Record(ZEROS, 11 * MIB).packed(), 400),
        (Record(KNOWN, 9, address_of(b"elsewhere")).packed(), 409),
    ],
    ids=["cut short", "nonsense", "nothing older", "too large", "absent"],
)
def test_what_is_not_sound_is_given_up(host: Host, taker: Taker, chunks: ChunkStore, parcel: bytes, code: int) -> None:
    assert bring(host, parcel).code == code
    assert taker.told == ["begin", "give up"]
    assert chunks.stats().chunks == 0


def test_what_its_service_refuses_is_given_up(host: Host, taker: Taker, chunks: ChunkStore) -> None:
    taker.refuses = True
    heard = bring(host, PARCEL)
    assert (heard.code, heard.body["error"]["message"]) == (415, "It is ugly.")
    assert taker.told == ["begin", "give up"]
    chunks.gc(list)
    assert chunks.stats().chunks == 0


def test_a_host_brings_only_what_was_asked_of_it(fleet_cloud: Fleet, host: Host, taker: Taker) -> None:
    other = fleet_cloud.host("h2")
    assert bring(other, PARCEL).code == 404
    assert bring(host, PARCEL, "thing/t2").code == 404
    assert bring(host, PARCEL, "song/t1").code == 404
    assert other.ask(f"PUT /hosts/{host.id}/thing/t1/object", PARCEL, headers=OCTETS).code == 401
    assert taker.told == []


def test_a_host_asks_which_chunks_are_missing(host: Host, taker: Taker, chunks: ChunkStore) -> None:
    put(chunks, DATA)
    there, not_there = next(iter(chunks.entries(put(chunks, DATA).manifest)))[1].address, address_of(b"elsewhere")
    heard = host.ask(f"POST /hosts/{host.id}/missing", {"addresses": [there, not_there]})
    assert heard.body == {"missing": [not_there]}
    assert host.ask(f"POST /hosts/{host.id}/missing", {"addresses": ["../x"]}).code == 400


class Unwilling(FakeChunkStore):
    """A store that takes nothing in, and says why."""

    def __init__(self, because: ChunkError) -> None:
        super().__init__()
        self._because = because

    def parcel(self) -> Parcel:
        raise self._because


@pytest.mark.parametrize(("because", "code"), [(StoreFull("full"), 413), (Unreachable("away"), 503)])
def test_a_store_that_takes_nothing_is_told_of_and_it_may_come_again(
    host: Host, taker: Taker, store: Store, because: ChunkError, code: int
) -> None:
    before = store.part(ChunkStores)
    store.add(ChunkStores({"chunks": Unwilling(because)}))
    assert bring(host, PARCEL).code == code
    assert host.ask(f"POST /hosts/{host.id}/missing", {"addresses": ["ab" * 32]}).code == code
    assert taker.told == ["begin", "give up"]
    store.add(before)
    assert bring(host, PARCEL).code == 204
