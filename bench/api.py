"""What the API costs: CPU of the server's process for one call, and the time of a boot on a wall of fake hosts.

    python bench/api.py

The whole cloud is in this process, on SQLite in a temporary folder and by the real clock, with fake hosts that
converge at once; whole requests go through the front door without a socket.  Prints JSON lines: metric, value,
unit, n.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import structlog

from pileus import app, fleet, identity
from pileus.compute.host.fake import CAPACITY, FakeHypervisor
from pileus.compute.host.keeper import Keeper
from pileus.fleet.table import WANTED_ABOVE
from pileus.host.loop import Agent, Asked
from pileus.kernel.clock import SystemClock
from pileus.network.host.fake import FakeSwitch
from pileus.settings import Settings

HOSTS, CROWD = 10, 500
BEAT = 3.0
"""Seconds between two heartbeats, as of real hosts."""

ROOM = msgspec.structs.replace(CAPACITY, vcpus=1000, memory_mib=1 << 20, disk_gib=1 << 16)
Measured = tuple[str, float, str, int]


class NearLink:
    """An agent's way to a cloud in the same process."""

    def __init__(self, cloud: app.Cloud, name: str) -> None:
        self._store = cloud.store
        self._host_id, _ = cloud.store.write(fleet.join, name, "nova")

    def wanted(self, above: int, wait: float) -> Sequence[Asked]:
        """What is wanted, at once."""
        rows = self._store.look(lambda tx: tx.all(WANTED_ABOVE, host_id=self._host_id, above=above, limit=200))
        return [Asked(row["kind"], row["id"], row["number"], row["body"]) for row in rows]

    def report(self, seen: Sequence[Any]) -> None:
        """Tell what is seen."""
        told = [msgspec.convert(one, fleet.Told) for one in seen]
        self._store.write(lambda tx: [fleet.keep_seen(tx, self._host_id, one) for one in told])

    def beat(self, capacity: Any, usage: Sequence[Any]) -> None:
        """Tell what the host has."""
        self._store.part(fleet.Beats).keep(
            self._host_id, boot="bench", capacity=msgspec.to_builtins(capacity), usage=msgspec.to_builtins(list(usage))
        )


class Bench:
    """A cloud with its hosts, and a way to ask it."""

    def __init__(self, place: Path) -> None:
        settings = Settings()
        self.cloud = app.build(settings, place, "ticket")
        self.cloud.store.sketch()
        self.cloud.store.write(identity.seed, app.seed_of(settings, "secret"))
        self.loop = asyncio.new_event_loop()
        self.agents = [self._agent(f"host-{number}") for number in range(HOSTS)]
        self.beat()
        self.token = ""
        self.token = self.issue()

    def _agent(self, name: str) -> Agent:
        hypervisor = FakeHypervisor(SystemClock(), capacity=ROOM)
        return Agent(NearLink(self.cloud, name), Keeper(hypervisor, SystemClock()), hypervisor, FakeSwitch())

    def beat(self) -> None:
        """Let every heart beat."""
        self.beat_at = time.monotonic()
        for agent in self.agents:
            agent.beat()
        self.cloud.store.part(fleet.Beats).flush(self.cloud.store)

    def ask(self, line: str, body: Any = None) -> Any:
        """What a request is answered, which must be good."""
        answer = self.call(line, body)
        return json.loads(answer) if answer else None

    def call(self, line: str, body: Any = None) -> bytes:
        """The same, unread: what a client does with an answer costs the cloud nothing."""
        return self.loop.run_until_complete(self._asked(line, body))[1]

    async def _asked(self, line: str, body: Any = None) -> tuple[dict[str, str], bytes]:
        method, target = line.split(" ")
        path, _, query = target.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        media = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        told = {"content-type": media, "x-auth-token": self.token, "x-subject-token": self.token}
        headers = [(name.encode(), value.encode()) for name, value in told.items()]
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
        waiting = [{"type": "http.request", "body": content, "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else await asyncio.Event().wait() or {}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.cloud.front(scope, receive, send)
        answer = b"".join(message["body"] for message in sent[1:])
        if sent[0]["status"] >= 300:
            raise RuntimeError(f"{line}: {sent[0]['status']} {answer!r}")
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return found, answer

    def issue(self) -> str:
        """A token by password."""
        user = {"name": "admin", "domain": {"id": "default"}, "password": "secret"}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        claims = {"methods": ["password"], "password": {"user": user}}
        asked = self._asked("POST /identity/v3/auth/tokens", {"auth": {"identity": claims, "scope": scope}})
        return str(self.loop.run_until_complete(asked)[0]["x-subject-token"])

    def furnish(self) -> None:
        """A flavor, an image, a network, and room for everybody."""
        flavor = {"flavor": {"name": "small", "ram": 64, "vcpus": 1, "disk": 1}}
        self.flavor = self.ask("POST /compute/v2.1/flavors", flavor)["flavor"]["id"]
        image = {"name": "image", "disk_format": "raw", "container_format": "bare", "visibility": "public"}
        self.image = self.ask("POST /image/v2/images", image)["id"]
        self.ask(f"PUT /image/v2/images/{self.image}/file", b"content")
        self.network = self.ask("POST /network/v2.0/networks", {"network": {"name": "shared"}})["network"]["id"]
        subnet = {"network_id": self.network, "cidr": "10.0.0.0/16", "ip_version": 4}
        self.ask("POST /network/v2.0/subnets", {"subnet": subnet})
        project = self.ask("GET /identity/v3/auth/tokens")["token"]["project"]["id"]
        most = {"cores": -1, "instances": -1, "ram": -1}
        self.ask(f"PUT /compute/v2.1/os-quota-sets/{project}", {"quota_set": most})
        self.ask(f"PUT /compute/v2.1/os-quota-sets/{project}/ecu", {"ecu": {"limit": -1}})
        self.ask(f"PUT /network/v2.0/quotas/{project}", {"quota": {"port": -1}})

    def boot(self, count: int = 1) -> list[str]:
        """Ask for servers and let the cloud work until all of them run."""
        given = {"name": "web", "imageRef": self.image, "flavorRef": self.flavor, "networks": [{"uuid": self.network}]}
        asked = [self.ask("POST /compute/v2.1/servers", {"server": given})["server"]["id"] for _ in range(count)]
        self.settle()
        for one in asked:
            status = self.ask(f"GET /compute/v2.1/servers/{one}")["server"]["status"]
            if status != "ACTIVE":
                raise RuntimeError(f"{one} is {status}")
        return asked

    def settle(self) -> None:
        """Turn the engine and the agents until nothing changes."""
        while True:
            if time.monotonic() > self.beat_at + BEAT:
                self.beat()
            worked = self.cloud.engine.run_ready()
            fetched = [agent.fetch() for agent in self.agents]
            turned = [agent.turn() for agent in self.agents]
            if not (worked or any(fetched) or any(turned)):
                return


def measured(bench: Bench) -> Iterator[Measured]:
    """Metric, value, unit, times measured."""
    bench.furnish()
    gc.freeze()  # as `pileus serve` does
    yield "validate a token", *cpu(lambda: bench.call("GET /identity/v3/auth/tokens"), 500)
    server = bench.boot()[0]
    yield "boot to ACTIVE, one", *wall(bench.boot, 20)
    yield "boot to ACTIVE, 20 at once", *wall(lambda: bench.boot(20), 3)
    yield "boot, all of the cloud and a fake host", *cpu(bench.boot, 20)
    while len(bench.ask("GET /compute/v2.1/servers")["servers"]) < CROWD:
        bench.boot(50)
        bench.beat()
    yield "server show", *cpu(lambda: bench.call(f"GET /compute/v2.1/servers/{server}"), 300)
    yield (
        f"servers/detail with {CROWD}",
        *cpu(lambda: bench.call(f"GET /compute/v2.1/servers/detail?limit={CROWD}"), 10),
    )
    yield "servers?limit=1", *cpu(lambda: bench.call("GET /compute/v2.1/servers?limit=1"), 300)
    yield "networks list", *cpu(lambda: bench.call("GET /network/v2.0/networks"), 300)
    yield "images list", *cpu(lambda: bench.call("GET /image/v2/images"), 300)
    port = {"port": {"network_id": bench.network}}
    yield "port create", *cpu(lambda: bench.call("POST /network/v2.0/ports", port), 100)


def cpu(call: Callable[[], object], times: int) -> tuple[float, str, int]:
    """Milliseconds of CPU for one call, after a first one that is not counted."""
    return _each(call, times, time.process_time), "ms cpu", times


def wall(call: Callable[[], object], times: int) -> tuple[float, str, int]:
    """Milliseconds by the clock for one call, after a first one that is not counted."""
    return _each(call, times, time.perf_counter), "ms", times


def _each(call: Callable[[], object], times: int, clock: Callable[[], float]) -> float:
    call()
    before = clock()
    for _ in range(times):
        call()
    return (clock() - before) / times * 1000


def main() -> None:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with TemporaryDirectory() as place:
        bench = Bench(Path(place))
        for metric, value, unit, times in measured(bench):
            print(
                json.dumps({"metric": f"api {metric}", "value": round(value, 3), "unit": unit, "n": times}), flush=True
            )
        bench.cloud.store.close()


if __name__ == "__main__":
    main()
