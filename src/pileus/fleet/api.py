"""The door for hosts: they join with a ticket, beat, fetch what is wanted, say what they see, and fetch chunks.

Not a published API: only Pileus' own agents speak it.  Both sides ignore fields they do not know.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from pileus.chunks import Absent, ChunkError, ChunkStores
from pileus.fleet.bell import Bell
from pileus.fleet.hosts import Beats, Capacities, join, this_host
from pileus.fleet.manner import fleet
from pileus.fleet.settings import FleetSettings
from pileus.fleet.table import WANTED_ABOVE
from pileus.fleet.wanted import Told, keep_seen
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing, Unauthorized, Unavailable
from pileus.kernel.request import Stream
from pileus.kernel.resource import Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.kernel.values import Count, Name


class Ticket:
    """The secret a host shows to join; read from the state directory, never from the database."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def admits(self, shown: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self._secret.encode(), shown.encode())


class Joining(Resource, extras=object):
    """A host that wants to be part of the cloud."""

    name: Name = given("join")
    zone: Name | None = given("join", default=None)
    ticket: str = given("join")
    host_id: str = shown()
    token: str = shown()


class Beat(Resource, extras=object):
    """A heartbeat: which boot of the machine, what it has, what its guests use."""

    boot: Annotated[str, Meta(max_length=64)] = given("beat")
    capacity: dict[str, Any] = given("beat")
    usage: list[dict[str, Any]] = given("beat", default=[])


class Sight(Resource, extras=object):
    """What a host has seen, each with the number it answers."""

    seen: list[Told] = given("see")


class Wanting(Resource, many="wanted"):
    """What is wanted of a host, above a number."""

    above: Count = given("list", default=0)
    wait: Count = given("list", default=0)
    kind: str = shown()
    id: str = shown()
    number: int = shown()
    body: dict[str, Any] | None = shown()


@fleet.route("POST /hosts", Joining, "join", public=True)
def take_in(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Joining) -> dict[str, str]:
    """Take a host in for a ticket; a host of that name gets a new token."""
    if not tx.part(Ticket).admits(asked.ticket):
        raise Unauthorized("The ticket is not valid.")
    host_id, token = join(tx, asked.name, asked.zone or tx.part(FleetSettings).zone)
    return {"host_id": host_id, "token": token}


@fleet.route("POST /hosts/{host_id}/beat", Beat, "beat", of=this_host, public=True, writes=False, code=204)
def feel(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Beat) -> None:
    """Keep a heartbeat for the next flush."""
    tx.part(Capacities).check(asked.capacity)
    tx.part(Beats).keep(target["id"], boot=asked.boot, capacity=asked.capacity, usage=asked.usage)


@fleet.route("POST /hosts/{host_id}/seen", Sight, "see", of=this_host, public=True, code=204, most=16 << 20)
def see(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Sight) -> None:
    """Keep what a host says, and let the services hear it."""
    for one in asked.seen:
        keep_seen(tx, target["id"], one)


_BYTES = [("content-type", "application/octet-stream")]

PAGE = 200
"""Wanted rows told at once."""


@fleet.route("GET /hosts/{host_id}/wanted", Wanting, "list", of=this_host, public=True, stream=True)
async def tell(stream: Stream, who: Caller, target: Mapping[str, Any], asked: Wanting) -> Any:
    """What is wanted above a number; waits for something to be, at most `wait` seconds."""
    bell = stream.store.part(Bell)
    event = bell.listen(target["id"])
    try:
        deadline = asyncio.get_running_loop().time() + min(asked.wait, 60)
        while True:
            rows = await stream.thread(stream.store.look, _above, target["id"], asked.above, pool="reads")
            left = deadline - asyncio.get_running_loop().time()
            if rows or left <= 0 or bell.is_closed:
                return rows
            await bell.heard(target["id"], event, min(left, 1.0))
    finally:
        bell.leave(target["id"], event)


def _above(tx: Tx, host_id: str, above: int) -> Any:
    return tx.all(WANTED_ABOVE, host_id=host_id, above=above, limit=PAGE)


class Several(Resource, extras=object):
    """Chunks that are wanted, in order."""

    addresses: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=64)] = given("fetch")


@fleet.route("POST /chunks", Several, "fetch", of=this_host, public=True, writes=False)
def chunks(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Several) -> Answer:
    """The bytes of several chunks, one after another; the header `x-lengths` tells where each ends."""
    found = _chunks(tx, asked.addresses)
    lengths = ",".join(str(len(each)) for each in found)
    return Answer(b"".join(found), raw=True, headers=[*_BYTES, ("x-lengths", lengths)])


@fleet.route("GET /chunks/{address}", Nothing, of=this_host, public=True)
def chunk(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The bytes of a chunk."""
    return Answer(b"".join(_chunks(tx, [target["address"]])), raw=True, headers=_BYTES)


def _chunks(tx: Tx, addresses: Sequence[str]) -> list[bytes]:
    """Chunks from whatever store has them; raises Missing, Unavailable."""
    try:
        return list(tx.part(ChunkStores).all().chunks(addresses))
    except (Absent, ValueError) as error:
        raise Missing("There is no such chunk.") from error
    except ChunkError as error:
        raise Unavailable("The chunk cannot be read at present; please try again.", str(error)) from error
