"""A cloud's Networking alone: its API in this process, people with tokens, and hosts that do as they are told."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pileus.fleet import Ears, FleetSettings, Told, hang, join, keep_seen
from pileus.fleet.table import wanted
from pileus.kernel.caller import Caller
from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Unauthorized
from pileus.kernel.http import Front
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Store, Tx
from pileus.network import EARS, NetworkSettings, network
from tests.asking import Asker
from tests.databases.templates import postgres_copy, sqlite_copy

URL = "http://cloud.test"
ROLES = {
    "reader": frozenset({"reader"}),
    "member": frozenset({"reader", "member"}),
    "manager": frozenset({"reader", "member", "manager"}),
    "admin": frozenset({"reader", "member", "manager", "admin"}),
}


def person(role: str, project_id: str) -> Caller:
    """Somebody with a role in a project."""
    return Caller(user_id=f"{role}-of-{project_id}", project_id=project_id, roles=ROLES[role])


def known(store: Store, token: str, service_token: str | None) -> Caller:
    """Tokens here say who holds them: `member.web`."""
    role, _, project_id = token.partition(".")
    if role not in ROLES or not project_id:
        raise Unauthorized("The request you have made requires authentication.")
    return person(role, project_id)


@dataclass
class Cloud:
    """Networking, with its store."""

    store: Store
    front: Front
    hosts: dict[str, str] = field(default_factory=dict)

    def as_(self, role: str, project_id: str = "web") -> Asker:
        """Ask as somebody with a role in a project."""
        return Asker(self.front, "/network/v2.0", f"{role}.{project_id}")

    def network(self, asker: Asker, cidr: str | None = "10.0.0.0/24", **values: Any) -> dict[str, Any]:
        """A new network, with a subnet unless `cidr` is None."""
        made: dict[str, Any] = asker("POST /networks", {"network": values}).body["network"]
        if cidr is not None:
            self.subnet(asker, made, cidr=cidr)
        return made

    def subnet(self, asker: Asker, network: Any, **values: Any) -> dict[str, Any]:
        """A new subnet of a network."""
        version = 6 if ":" in values.get("cidr", "") else 4
        asked = {"network_id": network["id"], "ip_version": version, **values}
        heard = asker("POST /subnets", {"subnet": asked})
        assert heard.code == 201, heard.body
        made: dict[str, Any] = heard.body["subnet"]
        return made

    def port(self, asker: Asker, network: Any, **values: Any) -> dict[str, Any]:
        """A new port on a network."""
        heard = asker("POST /ports", {"port": {"network_id": network["id"], **values}})
        assert heard.code == 201, heard.body
        made: dict[str, Any] = heard.body["port"]
        return made

    def host(self, name: str) -> str:
        """A host that has joined."""
        if name not in self.hosts:
            self.hosts[name] = self.store.write(lambda tx: join(tx, name, "nova"))[0]
        return self.hosts[name]

    def wanted(self, name: str) -> dict[tuple[str, str], Any]:
        """What a host is asked for, by kind and identifier; None is to be removed."""
        rows = self.store.look(lambda tx: tx.all(wanted.select().where(wanted.c.host_id == self.host(name))))
        return {(row["kind"], row["id"]): row["body"] for row in rows}

    def numbers(self, name: str) -> dict[tuple[str, str], int]:
        """The number of each thing a host is asked for."""
        rows = self.store.look(lambda tx: tx.all(wanted.select().where(wanted.c.host_id == self.host(name))))
        return {(row["kind"], row["id"]): row["number"] for row in rows}

    def obey(self, name: str) -> None:
        """Let a host do all it is asked for, and say so."""
        self.store.write(_obey, self.host(name))


def server(name: str, project_id: str = "web") -> dict[str, Any]:
    """A server as Compute has it, as far as Networking reads it."""
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), "project_id": project_id, "hostname": name}


def _obey(tx: Tx, host_id: str) -> None:
    for row in tx.all(wanted.select().where(wanted.c.host_id == host_id)):
        seen = {"id": row["id"], "state": "gone" if row["body"] is None else "up"}
        keep_seen(tx, host_id, Told(row["kind"], row["id"], row["number"], seen))


@pytest.fixture
def settings() -> NetworkSettings:
    """Settings a test may override."""
    return NetworkSettings()


@pytest.fixture(params=["sqlite", "postgresql"])
def cloud(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HeldClock, settings: NetworkSettings
) -> Iterator[Cloud]:
    """Networking on either database."""
    parts = [settings, FleetSettings(), Ears(EARS), PublicUrl(URL)]
    own = postgres_copy() if request.param == "postgresql" else nullcontext(sqlite_copy(tmp_path / "cloud.db"))
    with own as url:
        store = Store(url, clock, durable=False, parts=parts)
        hang(store)
        try:
            yield Cloud(store, Front([network], store, known, URL))
        finally:
            store.close()


@pytest.fixture
def member(cloud: Cloud) -> Asker:
    """Somebody who works in the project `web`."""
    return cloud.as_("member")


@pytest.fixture
def admin(cloud: Cloud) -> Asker:
    """An administrator, in a project of their own."""
    return cloud.as_("admin", "ops")
