"""What the cloud wants of this host's networks, less what is unsound or beyond this host; pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import Any, TypeVar

import msgspec

from pileus.network.host.served import is_served, service_address
from pileus.network.host.spec import Group, Network, Port
from pileus.network.host.switch import Outside, bridge_name, group_name, tap_name
from pileus.network.host.validity import Unsound, check_group, check_network, check_port

Part = TypeVar("Part", Network, Port, Group)
Flaws = dict[tuple[str, str], str]
"""Why something cannot be had, by (`network` | `port` | `group`, identifier)."""


class Wanted(msgspec.Struct, frozen=True):
    """All that is wanted, by identifier."""

    networks: Mapping[str, Network] = {}
    ports: Mapping[str, Port] = {}
    groups: Mapping[str, Group] = {}


def sound(wanted: Wanted, outside: Outside) -> tuple[Wanted, Flaws]:
    """What can be acted on, and why the rest cannot.  What is refused is not held: a doubt never opens a way."""
    flaws: Flaws = {}
    networks = _checked("network", wanted.networks, _check_network, flaws)
    networks = {id: _possible(network, outside) for id, network in networks.items()}
    networks = _without(networks, flaws, "network", _clashes(networks))
    ports = _checked("port", wanted.ports, check_port, flaws)
    lost = ((id, "its network is not on this host") for id, port in ports.items() if port.network_id not in networks)
    ports = _without(ports, flaws, "port", lost)
    ports = _without(ports, flaws, "port", _same_names(ports, tap_name))
    ports = _without(ports, flaws, "port", _same_addresses(ports))
    groups = _checked("group", wanted.groups, check_group, flaws)
    groups = _without(groups, flaws, "group", _same_names(groups, group_name))
    return Wanted(networks, ports, groups), flaws


def _checked(kind: str, parts: Mapping[str, Part], check: Callable[[Any], None], flaws: Flaws) -> dict[str, Part]:
    flawed = {id: flaw for id, part in parts.items() if (flaw := _flaw(check, part)) is not None}
    flaws.update({(kind, id): flaw for id, flaw in flawed.items()})
    return {part.id: part for id, part in parts.items() if id not in flawed}


@lru_cache(maxsize=32768)
def _flaw(check: Callable[[Any], None], part: Network | Port | Group) -> str | None:
    """What is unsound of a part, remembered: the same are looked at every few seconds."""
    try:
        check(part)
    except Unsound as flaw:
        return str(flaw)
    return None


def _check_network(network: Network) -> None:
    """Beyond its own soundness: the host must hold an address wherever it is to serve."""
    check_network(network)
    for subnet in network.subnets:
        if is_served(subnet) and service_address(network, subnet) is None:
            raise Unsound(f"the host has no address in {subnet.cidr}, where it is to serve DHCP")


def _possible(network: Network, outside: Outside) -> Network:
    """The network as this host can offer it."""
    return msgspec.structs.replace(
        network,
        uplink=network.uplink and outside.uplink is not None,
        attached=network.attached and outside.attach is not None,
    )


def _without(parts: dict[str, Part], flaws: Flaws, kind: str, bad: Iterable[tuple[str, str]]) -> dict[str, Part]:
    flaws.update({(kind, id): because for id, because in bad})
    return {id: part for id, part in parts.items() if (kind, id) not in flaws}


def _clashes(networks: Mapping[str, Network]) -> Iterator[tuple[str, str]]:
    """The later of each two networks that cannot both be here."""
    yield from _same_names(networks, bridge_name)
    for one, other in combinations([networks[id] for id in sorted(networks)], 2):
        if one.attached and other.attached:
            yield other.id, f"network {one.id} already has the host's interface"
        if one.uplink and other.uplink and _overlap(one, other):
            yield other.id, f"its addresses overlap those of network {one.id}, and both have the uplink"


def _same_names(ids: Iterable[str], name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Identifiers whose device would bear the name of another's."""
    taken: dict[str, str] = {}
    for id in sorted(ids):
        if taken.setdefault(name(id), id) != id:
            yield id, f"its device would bear the same name as that of {taken[name(id)]}"


def _same_addresses(ports: Mapping[str, Port]) -> Iterator[tuple[str, str]]:
    """Ports that hold what another of their network holds already: no packet could tell them apart."""
    taken: dict[tuple[str, str], str] = {}
    for id, port in sorted(ports.items()):
        for text in (port.mac, *(address.ip for address in port.addresses)):
            if taken.setdefault((port.network_id, text), id) != id:
                yield id, f"{text} is that of port {taken[port.network_id, text]}"


def _overlap(one: Network, other: Network) -> bool:
    ours, theirs = ([ipaddress.ip_network(subnet.cidr, strict=False) for subnet in n.subnets] for n in (one, other))
    return any(mine.version == yours.version and mine.overlaps(yours) for mine in ours for yours in theirs)
