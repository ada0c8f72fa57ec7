"""What hosts bring to the cloud: objects as parcels of chunks, each for a thing that was asked of the host.

The service that asked takes each in: it says where, hears of the beginning, and writes the object's name down before
anybody may collect its chunks.  A host brings nothing that it was not asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, NamedTuple, Protocol

from msgspec import Meta

from pileus.chunks import Absent, ChunkError, ChunkStores, Older, Parcel, StoreFull, Together, Unpacking, Unreachable
from pileus.fleet.hosts import this_host
from pileus.fleet.manner import fleet
from pileus.fleet.wanted import wanted_of
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing, TooLarge, Unavailable
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Store, Tx

BATCH = 1 << 20
"""Bytes handed to a thread at a time."""

HEAD, TAIL = 64 << 10, 2048
"""Bytes of an object's ends that whoever takes it in may look at."""

Address = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Expected(NamedTuple):
    """What is expected of a delivery: the store it goes to, the older object it may repeat, its greatest size."""

    store: str
    older: str | None
    most: int


class Came(NamedTuple):
    """An object that has come, and its ends."""

    store: str
    manifest: str
    size: int
    head: bytes
    tail: bytes


class Receiver(Protocol):
    """The service that asked for it; each verb in a transaction of its own."""

    def begin(self, tx: Tx, host_id: str, id: str) -> Expected:
        """It begins to come; raises Missing and Conflict where it may not."""

    def keep(self, tx: Tx, host_id: str, id: str, came: Came) -> None:
        """It is there: write its name down, or raise what it is refused for."""

    def give_up(self, tx: Tx, host_id: str, id: str) -> None:
        """It did not come."""


class Receivers(dict[str, Receiver]):
    """Who takes in what hosts bring, by kind; put together where the cloud is."""


class Addresses(Resource):
    """Chunks by name."""

    addresses: Annotated[list[Address], Meta(max_length=2000)] = given("ask")


@fleet.route("POST /hosts/{host_id}/missing", Addresses, "ask", of=this_host, public=True, writes=False)
def missing(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Addresses) -> Answer:
    """Which of these chunks the cloud's default store does not have."""
    return Answer({"missing": missing_of(tx.part(ChunkStores), asked.addresses)}, raw=True)


def missing_of(stores: ChunkStores, addresses: list[str]) -> list[str]:
    """The same by name."""

    def ask() -> list[str]:
        with stores[stores.default].parcel() as parcel:
            return sorted(set(addresses) - parcel.known(addresses))

    found: list[str] = _in_words(ask)
    return found


@fleet.route("PUT /hosts/{host_id}/{kind}/{thing_id}/object", Nothing, of=this_host, public=True, code=204, stream=True)
async def take_in(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """The object that a wanted thing asks for; all or nothing."""
    named = (target["id"], target["kind"], target["thing_id"])
    delivery: Delivery = await stream.thread(Delivery, stream.store, *named)
    try:
        async for batch in _batches(stream):
            await stream.thread(delivery.feed, batch)
        await stream.thread(delivery.finish)
    finally:
        await stream.thread(delivery.close)


async def _batches(stream: Stream) -> AsyncIterator[bytes]:
    held: list[bytes] = []
    size = 0
    async for piece in stream.pieces():
        held.append(piece)
        size += len(piece)
        if size >= BATCH:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


class Delivery:
    """One object on its way in, used by one thread at a time; its verbs raise refusals."""

    def __init__(self, store: Store, host_id: str, kind: str, id: str) -> None:
        self._store = store
        self._of = (host_id, id)
        self._receiver = store.write(_receiver, host_id, kind, id)
        self._expected: Expected = store.write(self._receiver.begin, *self._of)
        self._is_kept = False
        stores = store.part(ChunkStores)
        try:
            self._parcel: Parcel = _in_words(stores[self._expected.store].parcel)
        except BaseException:
            self._give_up()
            raise
        older = None if self._expected.older is None else _older(stores.all(), self._expected.older)
        self._unpacking = Unpacking(self._parcel, older, self._expected.most)

    def feed(self, batch: bytes) -> None:
        """The next bytes."""
        _in_words(lambda: self._unpacking.feed(batch))

    def finish(self) -> None:
        """All has come: make it durable, look at its ends, and let the service write it down."""
        manifest, size = _in_words(self._unpacking.finish), self._unpacking.size
        read = self._store.part(ChunkStores)[self._expected.store].read
        head = _in_words(lambda: b"".join(read(manifest, 0, HEAD)))
        tail = _in_words(lambda: b"".join(read(manifest, max(0, size - TAIL), TAIL)))
        came = Came(self._expected.store, manifest, size, head, tail)
        self._store.write(self._receiver.keep, *self._of, came)
        self._is_kept = True

    def close(self) -> None:
        """Let go; what was not finished is given back."""
        try:
            if not self._is_kept:
                self._give_up()
        finally:
            self._parcel.close()

    def _give_up(self) -> None:
        self._store.write(self._receiver.give_up, *self._of)


def _older(stores: Together, name: str) -> Older:
    return Older(lambda offset: stores.entries(name, offset), stores.chunks)


def _receiver(tx: Tx, host_id: str, kind: str, id: str) -> Receiver:
    """Who asked this host for this thing; raises Missing."""
    found = tx.part(Receivers).get(kind)
    if found is None or wanted_of(tx, host_id, kind, id) is None:
        raise Missing("Nothing of that kind is expected.")
    return found


def _in_words(work: Any) -> Any:
    """Do it; what the chunk store raises becomes a refusal."""
    try:
        return work()
    except Absent as error:
        raise Conflict("A chunk that the parcel counts on is not there.", str(error)) from error
    except StoreFull as error:
        raise TooLarge("There is no room left for it.", str(error)) from error
    except Unreachable as error:
        raise Unavailable("The store that it goes to does not answer at present.", str(error)) from error
    except ChunkError as error:
        raise Invalid(f"The parcel is not sound: {error}.") from error
