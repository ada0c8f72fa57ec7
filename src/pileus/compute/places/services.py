"""Compute services: each host's agent as operators enable, disable and declare it down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from pileus import fleet, network, placement
from pileus.compute.api import compute
from pileus.compute.changes import SERVICES_BY_ID
from pileus.compute.places.aggregates import zones_of_hosts
from pileus.compute.servers.table import on_host
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.kernel.values import Flag

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Reason = Annotated[str, Meta(min_length=1, max_length=255)]
BINARY = "nova-compute"
"""What the agents of hosts are called in this API."""


class ComputeService(Resource, one="service", many="services"):
    """The agent of a host."""

    id: Any = shown()
    binary: str = given("list", default=UNSET) | shown()
    host: str = given("list", default=UNSET) | shown()
    zone: str = shown()
    status: Literal["enabled", "disabled"] = shown()
    state: str = shown()
    updated_at: str | None = shown()
    disabled_reason: str | None = shown()
    forced_down: bool = shown(since="2.11")


class Change(Resource, extras=object):
    """What is to become of a service."""

    status: Literal["enabled", "disabled"] = given("update", default=UNSET)
    disabled_reason: Reason = given("update", default=UNSET)
    forced_down: Flag = given("update", default=UNSET)


class ChangeByName(Resource):
    """The same by host and binary, as older callers say it."""

    host: Reason = given("update")
    binary: Reason = given("update")
    disabled_reason: Reason = given("update", default=UNSET)
    forced_down: Flag = given("update", default=UNSET)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-services:"


def told(tx: Tx, who: Caller, host: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """A host's agent as it is shown."""
    beat = host["beat_at"].strftime("%Y-%m-%dT%H:%M:%S.%f") if host["beat_at"] else None
    return {
        "id": host["id"] if who.can(SERVICES_BY_ID) else host["number"],
        "binary": BINARY,
        "host": host["name"],
        "zone": zone,
        "status": "enabled" if host["enabled"] else "disabled",
        "state": "up" if fleet.is_up(tx, host) else "down",
        "updated_at": beat,
        "disabled_reason": host["disabled_reason"],
        "forced_down": host["forced_down"],
    }


def one_service(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The host whose service a path names; raises Missing."""
    name = path["service_id"]
    for host in fleet.every_host(tx):
        if name == (host["id"] if who.can(SERVICES_BY_ID) else str(host["number"])):
            return host
    raise Missing(f"Service {name} not found.")


def _named(tx: Tx, asked: ChangeByName) -> Mapping[str, Any]:
    host = fleet.host_named(tx, asked.host)
    if host is None or asked.binary != BINARY:
        raise Missing(f"Could not find binary {asked.binary} on host {asked.host}.")
    return host


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@compute.route("GET /os-services", ComputeService, "list", rule=RULE + "list")
def list_services(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ComputeService) -> list[dict[str, Any]]:
    """The agents of all hosts, or of one."""
    if asked.binary not in (UNSET, BINARY):
        return []
    zones = zones_of_hosts(tx)
    hosts = [host for host in fleet.every_host(tx) if asked.host in (UNSET, host["name"])]
    return [told(tx, who, host, zones[host["id"]]) for host in hosts]


@compute.route(
    "PUT /os-services/{service_id}", Change, "update", rule=RULE + "update", of=one_service, since="2.53", view="show"
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Change) -> Answer:
    """Enable or disable a host for new servers, or declare it down."""
    if asked.extras:
        raise Invalid(f"Additional properties are not allowed ({next(iter(asked.extras))!r} was unexpected)")
    if asked.disabled_reason is not UNSET and asked.status != "disabled":
        raise Invalid("Specifying disabled_reason requires that status is disabled.")
    if asked.status is UNSET and asked.forced_down is UNSET:
        raise Invalid("No updates were requested. Fields 'status' or 'forced_down' should be specified.")
    host = target
    if asked.status is not UNSET:
        because = None if asked.disabled_reason is UNSET else asked.disabled_reason
        host = fleet.set_enabled(tx, host, enabled=asked.status == "enabled", because=because)
    if asked.forced_down is not UNSET:
        host = fleet.set_forced_down(tx, host, down=asked.forced_down)
    return Answer(told(tx, who, host, zones_of_hosts(tx)[host["id"]]), kind=ComputeService)


@compute.route("PUT /os-services/enable", ChangeByName, "update", rule=RULE + "update", until="2.53")
def enable(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ChangeByName) -> Answer:
    """Let a host take new servers."""
    fleet.set_enabled(tx, _named(tx, asked), enabled=True, because=None)
    return Answer({"service": {"host": asked.host, "binary": asked.binary, "status": "enabled"}}, raw=True)


@compute.route("PUT /os-services/disable", ChangeByName, "update", rule=RULE + "update", until="2.53")
def disable(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ChangeByName) -> Answer:
    """Let a host take no new servers."""
    fleet.set_enabled(tx, _named(tx, asked), enabled=False, because=None)
    return Answer({"service": {"host": asked.host, "binary": asked.binary, "status": "disabled"}}, raw=True)


@compute.route("PUT /os-services/disable-log-reason", ChangeByName, "update", rule=RULE + "update", until="2.53")
def disable_because(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ChangeByName) -> Answer:
    """Let a host take no new servers, and say why."""
    if asked.disabled_reason is UNSET:
        raise Invalid("Missing disabled reason field")
    fleet.set_enabled(tx, _named(tx, asked), enabled=False, because=asked.disabled_reason)
    shown = {"host": asked.host, "binary": asked.binary, "status": "disabled"}
    return Answer({"service": {**shown, "disabled_reason": asked.disabled_reason}}, raw=True)


@compute.route("PUT /os-services/force-down", ChangeByName, "update", rule=RULE + "update", since="2.11", until="2.53")
def force_down(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ChangeByName) -> Answer:
    """Declare a host down, or take that back."""
    if asked.forced_down is UNSET:
        raise Invalid("Missing forced_down field")
    fleet.set_forced_down(tx, _named(tx, asked), down=asked.forced_down)
    shown = {"host": asked.host, "binary": asked.binary, "forced_down": asked.forced_down}
    return Answer({"service": shown}, raw=True)


@compute.route("DELETE /os-services/{service_id}", Nothing, rule=RULE + "delete", of=one_service, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Strike a host that has no servers from the fleet."""
    if on_host(tx, target["id"]):
        raise Conflict("Unable to delete compute service that is hosting instances.")
    placement.withdraw(tx, target["id"])
    network.host_forgotten(tx, target["id"])
    fleet.forget(tx, target)
