"""The fleet alone: its door for hosts in this process, and a host that has joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from pileus.chunks import ChunkStores
from pileus.chunks.local import LocalChunkStore
from pileus.fleet import Beats, Capacities, Ears, FleetSettings, Ticket, fleet, hang
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Unauthorized
from pileus.kernel.http import Front
from pileus.kernel.store import Store, Tx
from tests.asking import Asker, Heard


class Thing(msgspec.Struct):
    """What these tests want of a host."""

    size: int = 1


class SeenThing(msgspec.Struct):
    """What a host says of it."""

    state: Literal["up", "gone"]


class Room(msgspec.Struct):
    """What a host has."""

    cores: int = 0


def nobody(store: Store, token: str, service_token: str | None) -> Caller:
    """Nobody's token is known to identity: hosts have their own."""
    raise Unauthorized("The token is not known.")


@dataclass
class Fleet:
    """The fleet, and what services heard of it."""

    store: Store
    front: Front
    heard: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    capacities: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def join(self, name: str, ticket: str = "ticket") -> Heard:
        """Ask to join."""
        return Asker(self.front, "/fleet/v1")("POST /hosts", {"name": name, "ticket": ticket})

    def host(self, name: str) -> Host:
        """A host that has joined."""
        told = self.join(name).body
        return Host(self, told["host_id"], Asker(self.front, "/fleet/v1", told["token"]))


@dataclass
class Host:
    """A host that knows its token."""

    fleet: Fleet
    id: str
    ask: Asker

    def wanted(self, above: int = 0, wait: int = 0) -> list[dict[str, Any]]:
        """What is wanted of it."""
        rows: list[dict[str, Any]] = self.ask(f"GET /hosts/{self.id}/wanted", above=above, wait=wait).body["wanted"]
        return rows

    def says(self, kind: str, id: str, number: int, **body: Any) -> Heard:
        """Say what it sees of one thing."""
        seen = [{"kind": kind, "id": id, "number": number, "body": body}]
        return self.ask(f"POST /hosts/{self.id}/seen", {"seen": seen})

    def beat(self, **capacity: Any) -> Heard:
        """Beat its heart."""
        return self.ask(f"POST /hosts/{self.id}/beat", {"boot": "b", "capacity": capacity})


@pytest.fixture
def fleet_cloud(store: Store, tmp_path: Path) -> Iterator[Fleet]:
    """The fleet on either database."""
    made = Fleet(store, Front([fleet], store, nobody, "http://cloud.test"))

    def hear(tx: Tx, host_id: str, id: str, body: Mapping[str, Any]) -> None:
        made.heard.append((host_id, id, body))

    def measure(tx: Tx, host: Mapping[str, Any]) -> None:
        if host["capacity"]["cores"] > 1000:
            raise OverflowError("so many cannot be")
        made.capacities.append((host["name"], host["capacity"]))

    hang(store)
    store.add(Beats(), Ticket("ticket"), FleetSettings(), Ears({"thing": hear}, {"thing": SeenThing}))
    store.add(Capacities(measure, shape=Room))
    chunks = LocalChunkStore(tmp_path / "chunks")
    store.add(ChunkStores({"chunks": chunks}))
    yield made
    chunks.close()
