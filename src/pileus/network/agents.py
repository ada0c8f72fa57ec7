"""Agents and availability zones: the hosts that serve networks, and where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pileus.fleet import every_host, is_up
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import UNSET, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.kernel.values import Flag
from pileus.network.api import network, typed
from pileus.network.listing import chosen
from pileus.network.standard import Sought, sought

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


def _space(at: datetime | None) -> str | None:
    """`2026-01-31 12:00:00`: moments of agents have a form of their own."""
    return None if at is None else at.strftime("%Y-%m-%d %H:%M:%S")


class Agent(Sought, one="agent", many="agents"):
    """A host, as what serves its networks."""

    id: str = sought() | shown()
    agent_type: str = sought() | shown()
    binary: str = sought() | shown()
    topic: str = sought() | shown()
    host: str = sought() | shown()
    availability_zone: str = sought() | shown()
    alive: Flag = sought(Flag) | shown()
    admin_state_up: Flag = sought(Flag) | shown()
    description: str | None = sought() | shown()
    created_at: datetime = shown(made=_space)
    started_at: datetime = shown(made=_space)
    heartbeat_timestamp: datetime | None = shown(made=_space)
    configurations: dict[str, Any] = shown()


class AvailabilityZone(Sought, many="availability_zones"):
    """A group of hosts that fail together."""

    name: str = sought() | shown()
    resource: str = sought() | shown()
    state: str = sought() | shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _agents(tx: Tx) -> list[dict[str, Any]]:
    return [
        {
            "id": host["id"],
            "agent_type": "Pileus host agent",
            "binary": "pileus-host",
            "topic": "network",
            "host": host["name"],
            "availability_zone": host["zone"],
            "alive": is_up(tx, host),
            "admin_state_up": True,
            "description": None,
            "created_at": host["created_at"],
            "started_at": host["created_at"],
            "heartbeat_timestamp": host["beat_at"],
            "configurations": {},
        }
        for host in every_host(tx)
    ]


def _narrowed(rows: Sequence[dict[str, Any]], asked: Any) -> list[dict[str, Any]]:
    """Rows that pass the filters asked for, sorted as asked."""
    found = [row for row in rows if all(_passes(row, asked, name) for name in row)]
    keys = [] if asked.sort_key is UNSET else asked.sort_key
    ways = ["asc"] * len(keys) if asked.sort_dir is UNSET else asked.sort_dir
    for key, way in reversed(list(zip(keys, ways, strict=False))):
        found.sort(key=lambda row: str(row.get(key)), reverse=way == "desc")
    return found


def _passes(row: Mapping[str, Any], asked: Any, name: str) -> bool:
    values = getattr(asked, name, UNSET)
    return values is UNSET or row[name] in values


def _one(tx: Tx, who: Caller, path: Mapping[str, str], asked: Agent) -> Mapping[str, Any]:
    for row in _agents(tx):
        if row["id"] == path["agent_id"]:
            return row
    raise typed(Missing, "AgentNotFound", f"Agent {path['agent_id']} could not be found.")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /agents", Agent, "list")
def list_agents(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Agent) -> Answer:
    """Every host; nobody but an administrator sees any."""
    rows = _agents(tx) if who.may("get_agent") else []
    return Answer(_narrowed(rows, asked), only=chosen(asked))


@network.route("GET /agents/{agent_id}", Agent, "show", rule="get_agent", of=_one)
def show_agent(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Agent) -> Answer:
    """One host."""
    return Answer(target, only=chosen(asked))


@network.route("GET /availability_zones", AvailabilityZone, "list", rule="get_availability_zone")
def list_zones(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AvailabilityZone) -> Answer:
    """The zones of all hosts."""
    zones = sorted({host["zone"] for host in every_host(tx)})
    rows = [{"name": zone, "resource": "network", "state": "available"} for zone in zones]
    return Answer(_narrowed(rows, asked), only=chosen(asked))
