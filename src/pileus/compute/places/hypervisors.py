"""Hypervisors: hosts as operators look at them, with what they have and what is given out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pileus import fleet, placement
from pileus.compute.api import compute
from pileus.compute.changes import CPU_AS_OBJECT, HYPERVISORS_BY_ID, WITHOUT_USAGE
from pileus.compute.servers.table import on_host
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Page, Tx
from pileus.kernel.values import Count, Flag

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = "show detail"


class Hypervisor(Resource, one="hypervisor", many="hypervisors"):
    """A host."""

    id: Any = shown()
    hypervisor_hostname: str = shown()
    state: str = shown("list show detail search servers uptime")
    status: str = shown("list show detail search servers uptime")
    hypervisor_type: str = shown(WHOLE)
    hypervisor_version: int = shown(WHOLE)
    host_ip: str = shown(WHOLE)
    service: Any = shown(WHOLE)
    vcpus: int = shown(WHOLE, until="2.88")
    vcpus_used: int = shown(WHOLE, until="2.88")
    memory_mb: int = shown(WHOLE, until="2.88")
    memory_mb_used: int = shown(WHOLE, until="2.88")
    free_ram_mb: int = shown(WHOLE, until="2.88")
    local_gb: int = shown(WHOLE, until="2.88")
    local_gb_used: int = shown(WHOLE, until="2.88")
    free_disk_gb: int = shown(WHOLE, until="2.88")
    disk_available_least: int = shown(WHOLE, until="2.88")
    current_workload: int = shown(WHOLE, until="2.88")
    running_vms: int = shown(WHOLE, until="2.88")
    cpu_info: Any = shown(WHOLE, until="2.88")
    uptime: str | None = shown("uptime") | shown(WHOLE, since="2.88")
    servers: list[Any] = shown("list show detail", since="2.53", maybe=True) | shown("servers", maybe=True)
    limit: Count = given("list", default=UNSET, since="2.33")
    marker: str = given("list", default=UNSET, since="2.33")
    pattern: str = given("list", default=UNSET, since="2.53", wire="hypervisor_hostname_pattern")
    with_servers: Flag = given("list show", default=False, since="2.53")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-hypervisors:"


def told(tx: Tx, who: Caller, host: Mapping[str, Any], *, servers: bool = False) -> dict[str, Any]:
    """A host as it is shown."""
    has = host["capacity"] or {}
    plugged = on_host(tx, host["id"])
    named = [{"uuid": one["id"], "name": f"instance-{one['id']}"} for one in plugged]
    return {
        "id": host["id"] if who.can(HYPERVISORS_BY_ID) else host["number"],
        "hypervisor_hostname": host["name"],
        "state": "up" if fleet.is_up(tx, host) else "down",
        "status": "enabled" if host["enabled"] else "disabled",
        "hypervisor_type": has.get("hypervisor", "QEMU"),
        "hypervisor_version": has.get("hypervisor_version", 0),
        "host_ip": has.get("address", ""),
        "service": {
            "id": host["id"] if who.can(HYPERVISORS_BY_ID) else host["number"],
            "host": host["name"],
            "disabled_reason": host["disabled_reason"],
        },
        "uptime": _uptime(tx, has),
        "running_vms": sum(one["power_state"] == 1 for one in plugged),
        "current_workload": sum(one["task_state"] is not None for one in plugged),
        **_usage(tx, who, host),
        **({"servers": named} if servers and named else {}),
    }


def _uptime(tx: Tx, has: Mapping[str, Any]) -> str | None:
    """Time, time since it was switched on, sessions and load, in the words of uptime(1), which clients take apart."""
    if not has.get("up_since"):
        return None
    up = tx.now - datetime.fromisoformat(has["up_since"])
    hours, minutes = divmod(up.seconds // 60, 60)
    days = f"{up.days} day{'s' * (up.days != 1)}, " if up.days else ""
    load = ", ".join(f"{one:.2f}" for one in has["load"])
    users = f"{has['users']} user{'s' * (has['users'] != 1)}"
    return f" {tx.now:%H:%M:%S} up {days}{hours:2}:{minutes:02},  {users},  load average: {load}"


def _usage(tx: Tx, who: Caller, host: Mapping[str, Any]) -> dict[str, Any]:
    """What a host has and gave out; of no interest to callers since 2.88, who ask Placement."""
    if who.can(WITHOUT_USAGE):
        return {}
    has = host["capacity"] or {}
    used = {name: stock.used for name, stock in _stocks(tx, host["id"]).items()}
    memory, disk = has.get("memory_mib", 0), has.get("disk_gib", 0)
    cpu = {"arch": "x86_64", "model": has.get("cpu_model", ""), "vendor": "", "features": [], "topology": {}}
    return {
        "vcpus": has.get("vcpus", 0),
        "vcpus_used": used.get(placement.VCPU, 0),
        "memory_mb": memory,
        "memory_mb_used": used.get(placement.MEMORY_MB, 0),
        "free_ram_mb": memory - used.get(placement.MEMORY_MB, 0),
        "local_gb": disk,
        "local_gb_used": used.get(placement.DISK_GB, 0),
        "free_disk_gb": disk - used.get(placement.DISK_GB, 0),
        "disk_available_least": disk - used.get(placement.DISK_GB, 0),
        "cpu_info": cpu if who.can(CPU_AS_OBJECT) else json.dumps(cpu),
    }


def _stocks(tx: Tx, host_id: str) -> Mapping[str, placement.Stock]:
    """What Placement keeps of a host: nothing before its first report."""
    try:
        return placement.capacity(tx, host_id)
    except Missing:
        return {}


def one_host(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The host a path names; raises Missing."""
    name = path["hypervisor_id"]
    for host in fleet.every_host(tx):
        if name == (host["id"] if who.can(HYPERVISORS_BY_ID) else str(host["number"])):
            return host
    raise Missing(f"Compute host {name} could not be found.")


def _many(tx: Tx, who: Caller, asked: Hypervisor) -> Page:
    hosts = sorted(fleet.every_host(tx), key=lambda host: int(host["number"]))
    if asked.pattern is not UNSET:
        hosts = _matching(hosts, asked.pattern)
    if asked.marker is not UNSET:
        at = [str(host["id"] if who.can(HYPERVISORS_BY_ID) else host["number"]) for host in hosts]
        if asked.marker not in at:
            raise Invalid(f"marker [{asked.marker}] not found")
        hosts = hosts[at.index(asked.marker) + 1 :]
    limit = len(hosts) if asked.limit is UNSET or not asked.limit else asked.limit
    shown_hosts = [told(tx, who, host, servers=asked.with_servers is True) for host in hosts[:limit]]
    return Page(shown_hosts, len(hosts) > limit)


def _matching(hosts: list[Mapping[str, Any]], pattern: str) -> list[Mapping[str, Any]]:
    found = [host for host in hosts if pattern.strip("%") in host["name"]]
    if not found:
        raise Missing(f"No hypervisor matching '{pattern}' could be found.")
    return found


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@compute.route("GET /os-hypervisors", Hypervisor, "list", rule=RULE + "list")
def list_hypervisors(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Hypervisor) -> Page:
    """Hosts by name."""
    return _many(tx, who, asked)


@compute.route("GET /os-hypervisors/detail", Hypervisor, "list", rule=RULE + "list-detail", view="detail")
def list_whole_hypervisors(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Hypervisor) -> Page:
    """Hosts with all that is known of them."""
    return _many(tx, who, asked)


@compute.route("GET /os-hypervisors/statistics", Nothing, rule=RULE + "statistics", until="2.88")
def statistics(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The sums over all hosts."""
    hosts = [told(tx, who, host) for host in fleet.every_host(tx)]
    names = (
        "vcpus vcpus_used memory_mb memory_mb_used free_ram_mb local_gb local_gb_used free_disk_gb"
        " disk_available_least running_vms current_workload"
    ).split()
    sums = {name: sum(host[name] for host in hosts) for name in names}
    return Answer({"hypervisor_statistics": {"count": len(hosts), **sums}}, raw=True)


@compute.route("GET /os-hypervisors/{hypervisor_id}", Hypervisor, "show", rule=RULE + "show", of=one_host)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Hypervisor) -> dict[str, Any]:
    """One host."""
    return told(tx, who, target, servers=asked.with_servers is True)


@compute.route(
    "GET /os-hypervisors/{hypervisor_id}/uptime",
    Nothing,
    rule=RULE + "uptime",
    of=one_host,
    until="2.88",
    view="uptime",
)
def uptime(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """How long a host has been up; one that is down cannot say."""
    shown_host = told(tx, who, target)
    if shown_host["state"] == "down" or shown_host["uptime"] is None:
        raise Invalid(f"Compute service of {target['name']} is unavailable at this time.")
    return Answer(shown_host, kind=Hypervisor)


@compute.route("GET /os-hypervisors/{pattern}/search", Nothing, rule=RULE + "search", until="2.53", view="search")
def search(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Hosts by a part of their name."""
    found = _matching(list(fleet.every_host(tx)), target["pattern"])
    return Answer([told(tx, who, host) for host in found], kind=Hypervisor)


@compute.route("GET /os-hypervisors/{pattern}/servers", Nothing, rule=RULE + "servers", until="2.53", view="servers")
def servers_of(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Hosts by a part of their name, each with its servers."""
    found = _matching(list(fleet.every_host(tx)), target["pattern"])
    return Answer([told(tx, who, host, servers=True) for host in found], kind=Hypervisor)
