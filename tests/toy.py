"""A whole cloud in memory: real services and a real store, fake hosts in this process, an obedient clock.

    def test_a_server_boots(toy):
        web = toy.member("alice").boot("web")
        toy.settle()
        assert toy.sees(web).status == "ACTIVE"

Nothing runs by itself: `settle` turns the engine, the agents and the loops until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from pileus import app, fleet, identity
from pileus.chunks import ChunkStores
from pileus.compute.host.fake import FakeHypervisor
from pileus.compute.host.keeper import Keeper
from pileus.compute.host.spec import Capacity, Usage
from pileus.fleet.deliveries import Delivery, missing_of
from pileus.fleet.table import WANTED_ABOVE
from pileus.host.agent import UNBOUNDED, images_in
from pileus.host.delivery import refused
from pileus.host.images.cloud import Known, Neighbour
from pileus.host.loop import Agent, Asked
from pileus.host.shipping import in_this_process
from pileus.host.snapshots import Snapshots
from pileus.identity import IdentitySettings, Person
from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Refusal
from pileus.kernel.store import Store, Tx
from pileus.network.host.fake import FakeSwitch
from pileus.settings import Settings, StoreSettings
from tests.asking import Asker, Heard
from tests.databases.templates import sqlite_copy

CHEAP = IdentitySettings(hash_memory=8, hash_passes=1)
"""Passwords of tests cost next to nothing."""

ROUNDS = 50
"""After so many rounds a cloud that still changes will never settle."""


class NearLink:
    """An agent's way to a cloud in the same process."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self.host_id, _ = store.write(fleet.join, name, "nova")
        self.fetched = 0
        """Chunks that came from the cloud."""

    def wanted(self, above: int, wait: float) -> Sequence[Asked]:
        """What is wanted, at once."""
        rows = self._store.read(lambda tx: tx.all(WANTED_ABOVE, host_id=self.host_id, above=above, limit=200))
        return [Asked(row["kind"], row["id"], row["number"], row["body"]) for row in rows]

    def report(self, seen: Sequence[Mapping[str, Any]]) -> None:
        """Tell what is seen, in one transaction."""
        self._store.write(self._keep, seen)

    def _keep(self, tx: Tx, seen: Sequence[Mapping[str, Any]]) -> None:
        for one in seen:
            fleet.keep_seen(tx, self.host_id, msgspec.convert(one, fleet.Told))

    def beat(self, capacity: Capacity, usage: Sequence[Usage]) -> None:
        """Tell what the host has."""
        kept = {"capacity": msgspec.to_builtins(capacity), "usage": msgspec.to_builtins(list(usage))}
        self._store.part(fleet.Beats).keep(self.host_id, boot="toy", **kept)

    @property
    def key(self) -> bytes:
        """By which passes for this host are checked."""
        return bytes(self._store.read(fleet.host_of, self.host_id)["secret"])

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        """Chunks from the cloud, counted."""
        self.fetched += len(addresses)
        return iter(self._store.part(ChunkStores).all().chunks(addresses))

    def image(self, name: str) -> Known:
        """What the cloud knows of an image."""
        told = self._store.read(lambda tx: fleet.known_of(tx, fleet.host_of(tx, self.host_id), name))
        return Known([Neighbour(each["door"], each["pass"]) for each in told["neighbours"]], told["first"])

    def hold(self, door: str, images: Sequence[str]) -> None:
        """Tell which images are here."""
        self._store.write(fleet.keep_holdings, self.host_id, door, images)

    def keep_first(self, name: str, numbers: Sequence[int]) -> None:
        """Tell what a first boot read."""
        self._store.write(fleet.keep_boot_list, name, numbers)


class NearDelivery:
    """An agent's way to bring things to a cloud in the same process, as the routes for it do."""

    def __init__(self, store: Store, link: NearLink) -> None:
        self._store, self._link = store, link
        self.chunks = link.chunks

    def missing(self, addresses: Sequence[str]) -> set[str]:
        """Which chunks are not kept."""
        with _as_answered():
            return set(missing_of(self._store.part(ChunkStores), list(addresses)))

    def deliver(self, kind: str, id: str, parcel: Iterable[bytes]) -> None:
        """Bring an object."""
        with _as_answered():
            delivery = Delivery(self._store, self._link.host_id, kind, id)
            try:
                for batch in parcel:
                    delivery.feed(batch)
                delivery.finish()
            finally:
                delivery.close()


@contextmanager
def _as_answered() -> Iterator[None]:
    """Raise what an agent raises at the answer of a request that was refused."""
    try:
        yield
    except Refusal as refusal:
        raise refused(refusal.code, refusal.said) from refusal


class ToyHost:
    """A fake host: its hypervisor and switch can be given faults; with a `place` it fetches images."""

    def __init__(self, store: Store, name: str, clock: HeldClock, place: Path | None = None) -> None:
        self.name = name
        self.link = NearLink(store, name)
        self.images = images_in(place, self.link, clock) if place else None
        self.hypervisor = FakeHypervisor(clock, self.images, chunks=self.link)
        self.switch = FakeSwitch()
        self._store, self._clock = store, clock
        self.is_there = True
        self.restart()

    def restart(self) -> None:
        """The agent begins anew; guests and networks are as they were."""
        keeper = Keeper(self.hypervisor, self._clock)
        ship = in_this_process(lambda: NearDelivery(self._store, self.link), UNBOUNDED)
        snapshots = Snapshots(self.hypervisor, ship)
        self.agent = Agent(self.link, keeper, self.hypervisor, self.switch, snapshots=snapshots)

    def vanish(self) -> None:
        """The host falls silent."""
        self.is_there = False

    def turn(self) -> bool:
        """One round of the agent; whether anything was fetched or told."""
        if not self.is_there:
            return False
        fetched = False
        while self.agent.fetch():
            fetched = True
        turned = self.agent.turn()
        if self.images:
            self.images.tell()
        return turned or fetched


class Caller:
    """Somebody with a project, asking every service."""

    def __init__(self, toy: Toy, name: str, project: str, roles: Sequence[str]) -> None:
        self.toy, self.name, self.project = toy, name, project
        person = Person(name, f"{name}'s password", project, tuple(roles))
        self.user_id, self.project_id = toy.cloud.store.write(identity.settle, person)
        self.token = toy.token(name, person.password, project)
        ask = {name: Asker(toy.cloud.front, root, self.token) for name, root in ROOTS.items()}
        self.identity, self.image, self.compute = ask["identity"], ask["image"], ask["compute"]
        self.network, self.placement = ask["network"], ask["placement"]

    def boot(self, name: str = "web", **more: Any) -> str:
        """Ask for a server on the shared network, of the toy image and flavor; returns its identifier."""
        body = {"name": name, "imageRef": self.toy.image, "flavorRef": self.toy.flavor, "networks": "auto", **more}
        heard = self.compute.at("2.37")("POST /servers", {"server": body})
        assert heard.code == 202, heard.content
        return str(heard.body["server"]["id"])

    def act(self, server_id: str, **action: Any) -> Heard:
        """Ask for an action on a server: `act(web, reboot={"type": "HARD"})`; underscores stand for hyphens."""
        return self.compute(f"POST /servers/{server_id}/action", {k.replace("_", "-"): v for k, v in action.items()})


ROOTS = {
    "identity": "/identity/v3",
    "image": "/image/v2",
    "compute": "/compute/v2.1",
    "network": "/network/v2.0",
    "placement": "/placement",
}


class Toy:
    """The cloud, its hosts, and an administrator."""

    def __init__(self, state: Path, *, hosts: int = 2, url: str = "", images: bool = False) -> None:
        self.clock = HeldClock()
        url = url or sqlite_copy(state / "toy.db")
        settings = Settings(identity=CHEAP, store=StoreSettings(url=url))
        self.cloud = app.build(settings, state, "ticket", clock=self.clock, durable=False)
        self.cloud.store.write(identity.seed, app.seed_of(settings, "admin's password"))
        names = [f"host-{at + 1}" for at in range(hosts)]
        places = [state / name if images else None for name in names]
        self.hosts = [ToyHost(self.cloud.store, *one) for one in zip(names, [self.clock] * hosts, places, strict=True)]
        self.beat()
        self.admin = Caller(self, "admin", "admin", ["admin"])
        self._people: dict[str, Caller] = {}
        self.flavor = self.make_flavor("toy", ram=128, vcpus=1, disk=1)
        self.image = self.make_image("toy")
        self.shared = self._make_network()

    def token(self, name: str, password: str, project: str) -> str:
        """A token for a person in a project of the default domain."""
        user = {"name": name, "domain": {"id": "default"}, "password": password}
        scope = {"project": {"name": project, "domain": {"id": "default"}}}
        body = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}
        heard = Asker(self.cloud.front, ROOTS["identity"])("POST /auth/tokens", {"auth": body})
        assert heard.code == 201, heard.content
        return heard.headers["x-subject-token"]

    def member(self, name: str, project: str | None = None) -> Caller:
        """A member of a project (of its own unless named)."""
        return self.person(name, project or f"{name}'s project", ["member"])

    def reader(self, name: str, project: str) -> Caller:
        """Somebody who may only look at a project."""
        return self.person(name, project, ["reader"])

    def person(self, name: str, project: str, roles: Sequence[str]) -> Caller:
        """Somebody with roles in a project; always the same for a name."""
        if name not in self._people:
            self._people[name] = Caller(self, name, project, roles)
        return self._people[name]

    def make_flavor(self, name: str, **sizes: Any) -> str:
        """A public flavor."""
        return str(self.admin.compute("POST /flavors", {"flavor": {"name": name, **sizes}}).body["flavor"]["id"])

    def make_image(self, name: str, content: bytes = b"toy") -> str:
        """A public raw image."""
        body = {"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "public"}
        made = self.admin.image("POST /images", body).body["id"]
        headers = {"content-type": "application/octet-stream"}
        assert self.admin.image(f"PUT /images/{made}/file", content, headers=headers).code == 204
        return str(made)

    def _make_network(self) -> str:
        made = self.admin.network("POST /networks", {"network": {"name": "shared", "shared": True}}).body
        network_id = made["network"]["id"]
        subnet = {"network_id": network_id, "cidr": "10.0.0.0/22", "ip_version": 4}
        assert self.admin.network("POST /subnets", {"subnet": subnet}).code == 201
        return str(network_id)

    def beat(self) -> None:
        """Every host that is there says what it has."""
        for host in self.hosts:
            if host.is_there:
                host.agent.beat()
        self.cloud.store.part(fleet.Beats).flush(self.cloud.store)

    def settle(self, *, seconds: float = 0.0) -> None:
        """Let time pass, then let everything come to rest."""
        if seconds:
            self.clock.forward(seconds)
            self.beat()
            self.cloud.loops.run_all()
        for _ in range(ROUNDS):
            worked = self.cloud.engine.run_ready()
            turned = [host.turn() for host in self.hosts]
            if not worked and not any(turned):
                return
        raise AssertionError("the cloud does not settle")

    def sees(self, server_id: str) -> SimpleNamespace:
        """A server as an administrator sees it at the newest version."""
        heard = self.admin.compute.at("2.104")(f"GET /servers/{server_id}")
        return SimpleNamespace(**heard.body.get("server", {"status": heard.code}))

    def host_of(self, server_id: str) -> ToyHost:
        """The host a server is on."""
        name = self.admin.compute(f"GET /servers/{server_id}").body["server"]["OS-EXT-SRV-ATTR:host"]
        return next(host for host in self.hosts if host.name == name)

    def close(self) -> None:
        """Let go of the database."""
        self.cloud.store.close()
