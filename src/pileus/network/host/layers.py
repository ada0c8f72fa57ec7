"""What each layer of the switch must be for all that is wanted; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count

from pileus.network.host.served import is_served, own_addresses
from pileus.network.host.spec import Network, Port
from pileus.network.host.switch import METADATA, Bridge, Lease, Outside, Rules, Seen, Service, Tap, bridge_name
from pileus.network.host.wanted import Part, Wanted

MOST_ZONES = 65535
"""A connection tracking zone is a number of 16 bits (linux/netfilter/nf_conntrack_zones_common.h)."""


def numbers_of(wanted: Wanted, seen: Seen) -> dict[str, int]:
    """A zone for each network and a mark for each port: those they have, else the lowest free ones."""
    known = seen.rules.numbers if seen.rules is not None else {}
    zones = {id: bridge.number for id, bridge in seen.bridges.items() if bridge.number <= MOST_ZONES}
    marks = {id: tap.number for id, tap in seen.taps.items()}
    return _numbered(wanted.networks, {**known, **zones}) | _numbered(wanted.ports, {**known, **marks})


def _numbered(ids: Iterable[str], held: Mapping[str, int]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    taken = set(held.values())
    fresh = (number for number in count(1) if number not in taken)
    used: set[int] = {0}
    for id in sorted(ids):
        number = held.get(id, 0)
        numbers[id] = next(fresh) if number in used else number
        used.add(numbers[id])
    return numbers


def bridges_of(wanted: Wanted, numbers: Mapping[str, int]) -> dict[str, Bridge]:
    """A bridge for each network."""
    return {id: _bridge(network, numbers[id]) for id, network in wanted.networks.items()}


def _bridge(network: Network, number: int) -> Bridge:
    own = frozenset(f"{address}/{length}" for address, length in own_addresses(network).items())
    return Bridge(
        network_id=network.id,
        number=number,
        mtu=network.mtu,
        addresses=own | {f"{METADATA}/32"} if own else own,
        attached=network.attached,
        forwards=network.uplink,
    )


def taps_of(wanted: Wanted, numbers: Mapping[str, int]) -> dict[str, Tap]:
    """A tap for each port."""
    return {
        id: Tap(id, port.network_id, numbers[id], wanted.networks[port.network_id].mtu, port.up)
        for id, port in wanted.ports.items()
    }


def services_of(wanted: Wanted, outside: Outside) -> dict[str, Service]:
    """A service for each network that has a served subnet."""
    leases: dict[str, list[Lease]] = {id: [] for id in wanted.networks}
    served = {
        id: {subnet.id for subnet in network.subnets if is_served(subnet)} for id, network in wanted.networks.items()
    }
    for _, port in sorted(wanted.ports.items()):
        lease = _lease(port, served[port.network_id])
        if lease.addresses:
            leases[port.network_id].append(lease)
    answering = _answering(wanted.networks)
    return {
        id: Service(network, tuple(leases[id]), outside.resolvers if id in answering else ())
        for id, network in wanted.networks.items()
        if served[id]
    }


def _lease(port: Port, served: set[str]) -> Lease:
    return Lease(port.mac, tuple(a.ip for a in port.addresses if a.subnet_id in served), port.hostname)


def _answering(networks: Mapping[str, Network]) -> set[str]:
    """The networks that can have DNS here: of those with equal host addresses only the first."""
    taken: dict[str, str] = {}
    for id in sorted(networks):
        for address in own_addresses(networks[id]):
            taken.setdefault(address, id)
    return {id for id in networks if all(taken[address] == id for address in own_addresses(networks[id]))}


def owners_of(wanted: Wanted) -> dict[str, dict[str, str]]:
    """Which guest owns an address: bridge → address → guest id, for networks on which the host has an address."""
    owners: dict[str, dict[str, str]] = {id: {} for id, network in wanted.networks.items() if own_addresses(network)}
    for port in wanted.ports.values():
        if port.guest_id and port.network_id in owners:
            owners[port.network_id].update({address.ip: port.guest_id for address in port.addresses})
    return {bridge_name(id): guests for id, guests in owners.items()}


def rules_of(wanted: Wanted, numbers: Mapping[str, int]) -> Rules:
    """All that the packet filter must know, in an order that depends on nothing but identifiers."""
    return Rules(_ordered(wanted.networks), _ordered(wanted.ports), _ordered(wanted.groups), numbers)


def _ordered(parts: Mapping[str, Part]) -> tuple[Part, ...]:
    return tuple(parts[id] for id in sorted(parts))
