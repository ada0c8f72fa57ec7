"""What a host tells the cloud of each network, port and group after it acted; pure."""

from __future__ import annotations

from collections.abc import Mapping, Set

import msgspec

from pileus.network.host.spec import Port, SeenGroup, SeenNetwork, SeenPort
from pileus.network.host.switch import Seen
from pileus.network.host.wanted import Wanted

Faults = dict[tuple[str, str], str]
"""Why something does not hold, by (`network` | `port` | `group` | `rules`, identifier)."""


class Report(msgspec.Struct, frozen=True):
    """The state of everything that is wanted, and of what was removed just now."""

    networks: Mapping[str, SeenNetwork] = {}
    ports: Mapping[str, SeenPort] = {}
    groups: Mapping[str, SeenGroup] = {}
    owners: Mapping[str, Mapping[str, str]] = {}
    """Bridge → address → guest id: whom the metadata service is to answer."""
    acted: int = 0
    """How many actions it took: none once all is as wanted."""


def report(wanted: Wanted, seen: Seen, faults: Faults, acted: int) -> Report:
    """What holds after these actions, given what was seen before them and what failed."""
    rules = faults.get(("rules", ""))
    networks = {id: _network(id, faults.get(("network", id), rules)) for id in wanted.networks}
    ports = {id: _port(port, wanted, faults) for id, port in wanted.ports.items()}
    groups = {id: _group(id, faults.get(("group", id), rules)) for id in wanted.groups}
    for id in _removed(seen.bridges.keys() | seen.services.keys(), networks, faults, "network"):
        networks[id] = SeenNetwork(id, "gone")
    for id in _removed(seen.taps.keys(), ports, faults, "port"):
        ports[id] = SeenPort(id, "gone")
    held = seen.rules.groups if seen.rules is not None and rules is None else ()
    gone = {group.id: SeenGroup(group.id, "gone") for group in held if group.id not in groups}
    return Report(networks, ports, groups | gone, acted=acted)


def _removed(seen: Set[str], wanted: Mapping[str, object], faults: Faults, kind: str) -> set[str]:
    return {id for id in seen if id not in wanted and (kind, id) not in faults}


def _network(id: str, because: str | None) -> SeenNetwork:
    return SeenNetwork(id, "up") if because is None else SeenNetwork(id, "failed", because)


def _group(id: str, because: str | None) -> SeenGroup:
    return SeenGroup(id, "up") if because is None else SeenGroup(id, "failed", because)


def _port(port: Port, wanted: Wanted, faults: Faults) -> SeenPort:
    for subject in (("port", port.id), ("network", port.network_id), ("rules", "")):
        if subject in faults:
            return SeenPort(port.id, "failed", faults[subject])
    absent = [id for id in port.groups if id not in wanted.groups or ("group", id) in faults]
    if port.guarded and absent:
        return SeenPort(port.id, "down", f"security group {absent[0]} is not on this host")
    return SeenPort(port.id, "up" if port.up else "down")
