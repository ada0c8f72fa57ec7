"""Hosts as callers before 2.43 list them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus import fleet
from pileus.compute.api import compute, no_such
from pileus.compute.places.aggregates import zones_of_hosts
from pileus.compute.servers.table import on_host
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Host(Resource, many="hosts"):
    """A host and what runs on it."""

    host_name: str = shown()
    service: str = shown()
    zone: str = given("list", default=UNSET) | shown()


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-hosts:"


@compute.route("GET /os-hosts", Host, "list", rule=RULE + "list", until="2.43")
def list_hosts(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Host) -> list[dict[str, Any]]:
    """All hosts, or those of a zone."""
    zones = zones_of_hosts(tx)
    return [
        {"host_name": host["name"], "service": "compute", "zone": zones[host["id"]]}
        for host in fleet.every_host(tx)
        if asked.zone in (UNSET, zones[host["id"]])
    ]


@compute.route("GET /os-hosts/{host_name}", Nothing, rule=RULE + "show", until="2.43")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """What a host has, what is used, and by which project."""
    host = fleet.host_named(tx, target["host_name"])
    if host is None:
        raise no_such("Compute host", target["host_name"])
    has = host["capacity"] or {}
    total = (has.get("vcpus", 0), has.get("memory_mib", 0), has.get("disk_gib", 0))
    lines = [_line(host, "(total)", total)]
    used: dict[str, tuple[int, int, int]] = {}
    for server in on_host(tx, host["id"]):
        cpu, memory, disk = used.get(server["project_id"], (0, 0, 0))
        more = (server["vcpus"], server["memory_mib"], server["flavor"]["disk"])
        used[server["project_id"]] = (cpu + more[0], memory + more[1], disk + more[2])
    sums = tuple(map(sum, zip((0, 0, 0), *used.values(), strict=True)))
    lines += [_line(host, name, sums) for name in ("(used_now)", "(used_max)")]
    return Answer({"host": [*lines, *(_line(host, project, sizes) for project, sizes in used.items())]}, raw=True)


def _line(host: Mapping[str, Any], project: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    cpu, memory, disk = sizes
    return {"resource": {"host": host["name"], "project": project, "cpu": cpu, "memory_mb": memory, "disk_gb": disk}}
