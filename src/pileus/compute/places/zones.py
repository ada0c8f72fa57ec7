"""Availability zones: groups of hosts that fail apart, and the place a new server asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pileus import fleet
from pileus.compute.api import compute
from pileus.compute.places.aggregates import zones_of_hosts
from pileus.compute.servers.shape import Server
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET, Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

MOMENT = "%Y-%m-%dT%H:%M:%S.%f"


class Destination(NamedTuple):
    """Where a new server is to go, as far as its owner (or an administrator) says."""

    zone: str | None
    host: str | None


def zone_names(tx: Tx) -> set[str]:
    """Every zone that has a host."""
    return set(zones_of_hosts(tx).values())


def destination(tx: Tx, who: Caller, asked: Server) -> Destination:
    """Read `availability_zone` (`zone`, or for administrators `zone:host`) and `host`; raises Invalid, Forbidden."""
    zone = None if asked.availability_zone is UNSET else str(asked.availability_zone)
    named = [one for one in (asked.host, asked.hypervisor_hostname) if one is not UNSET]
    host = named[0] if named else None
    if zone is not None and ":" in zone:
        rule = "os_compute_api:servers:create:forced_host"
        if not who.may(rule):
            raise Forbidden(f"Policy doesn't allow {rule} to be performed.")
        zone, _, rest = zone.partition(":")
        host = rest.partition(":")[0] or rest.partition(":")[2] or None
    if zone and zone not in zone_names(tx):
        raise Invalid("The requested availability zone is not available")
    if host is not None and fleet.host_named(tx, host) is None:
        raise Invalid(f"Compute host {host} could not be found.")
    return Destination(zone or None, host)


def check_repinning(server: Mapping[str, Any], zone: str | None) -> None:
    """A server may be unpinned, or pinned to the zone it is in; raises Conflict."""
    if zone is None or zone == server["pinned_zone"]:
        return
    if server["pinned_zone"] is not None:
        raise Conflict("A server is unpinned before it is pinned to another zone.")
    if zone != server["zone"]:
        raise Conflict(f"The server is in zone {server['zone']} and can only be pinned to that.")


def _by_zone(tx: Tx) -> dict[str, list[Mapping[str, Any]]]:
    zones = zones_of_hosts(tx)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for host in fleet.every_host(tx):
        found.setdefault(zones[host["id"]], []).append(host)
    return dict(sorted(found.items()))


def _services(tx: Tx, host: Mapping[str, Any]) -> dict[str, Any]:
    beat = host["beat_at"].strftime(MOMENT) if host["beat_at"] else None
    return {"nova-compute": {"available": fleet.is_up(tx, host), "active": host["enabled"], "updated_at": beat}}


def _told(tx: Tx, *, detail: bool) -> Answer:
    zones = [
        {
            "zoneName": zone,
            "zoneState": {"available": any(host["enabled"] for host in hosts)},
            "hosts": {host["name"]: _services(tx, host) for host in hosts} if detail else None,
        }
        for zone, hosts in _by_zone(tx).items()
    ]
    return Answer({"availabilityZoneInfo": zones}, raw=True)


@compute.route("GET /os-availability-zone", Nothing, rule="os_compute_api:os-availability-zone:list")
def list_zones(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The zones there are."""
    return _told(tx, detail=False)


@compute.route("GET /os-availability-zone/detail", Nothing, rule="os_compute_api:os-availability-zone:detail")
def list_whole_zones(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The zones with their hosts."""
    return _told(tx, detail=True)
