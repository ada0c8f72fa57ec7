"""What a host's switch can be told, in verbs that are all safe to repeat, and what it says it holds.

Each layer is a value that either holds or does not: bridges and taps, the services of a network, and the
rules of all ports together.  A driver answers what it holds by looking, never by remembering, so whatever
somebody else changed is found and put right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from pileus.network.host.spec import Group, Network, Port

METADATA = "169.254.169.254"
"""Where every guest finds its metadata (the address EC2 chose)."""


class SwitchFault(Exception):
    """The switch could not do what it was told; the message is for the operator."""


class Outside(msgspec.Struct, frozen=True):
    """What of the world the operator gave the switch; nothing, unless told."""

    attach: str | None = None
    """An interface of the host, without addresses, given away to the bridge of an attached network."""
    uplink: str | None = None
    """An interface through which guests of networks with uplink leave, by NAT."""
    resolvers: tuple[str, ...] = ()
    """DNS servers to which guests' questions are passed on; with none, guests get no DNS from the host."""


class Bridge(msgspec.Struct, frozen=True):
    """A network's bridge with the host's own addresses on it."""

    network_id: str
    number: int
    """Its connection tracking zone on this host, so that equal addresses of two networks never meet."""
    mtu: int
    addresses: frozenset[str]
    """Addresses with their prefix lengths."""
    attached: bool = False
    forwards: bool = False
    """Whether the host routes what comes from it (to the uplink)."""
    whole: bool = True
    """False only of a bridge found down, or with settings under which the packet filter would not see its frames."""


class Tap(msgspec.Struct, frozen=True):
    """A port's tap on its network's bridge."""

    port_id: str
    network_id: str
    number: int
    """The mark its packets carry through the packet filter."""
    mtu: int
    up: bool


class Lease(msgspec.Struct, frozen=True):
    """Which addresses and name DHCP hands to a card."""

    mac: str
    addresses: tuple[str, ...]
    hostname: str = ""


class Service(msgspec.Struct, frozen=True):
    """DHCP, router advertisements and DNS of a network."""

    network: Network
    leases: tuple[Lease, ...]
    resolvers: tuple[str, ...] = ()


class Rules(msgspec.Struct, frozen=True):
    """What may pass between all networks and ports of the host, whole."""

    networks: tuple[Network, ...] = ()
    ports: tuple[Port, ...] = ()
    groups: tuple[Group, ...] = ()
    numbers: Mapping[str, int] = {}
    """Zone of each network and mark of each port."""


class Seen(msgspec.Struct, frozen=True):
    """What the switch found when it looked; a layer that is not whole is as if absent, or differs."""

    outside: Outside = Outside()
    bridges: Mapping[str, Bridge] = {}
    taps: Mapping[str, Tap] = {}
    services: Mapping[str, Service | None] = {}
    """None: what remains of a service that does not work any more."""
    rules: Rules | None = None
    """None: nobody knows what the packet filter holds, and it must be loaded whole."""


class Switch(Protocol):
    """A host's switch; every verb may be repeated, and raises SwitchFault if it could not be obeyed."""

    def observe(self) -> Seen:
        """What holds now."""

    def lay(self, bridge: Bridge) -> None:
        """Make a network's bridge, or make it so."""

    def clear(self, network_id: str) -> None:
        """Remove a network's bridge and what was remembered of its connections."""

    def plug(self, tap: Tap) -> None:
        """Make a port's tap on its bridge, or make it so."""

    def unplug(self, port_id: str) -> None:
        """Remove a port's tap."""

    def serve(self, service: Service) -> None:
        """Serve a network exactly these leases; those no longer named end at once."""

    def silence(self, network_id: str) -> None:
        """End a network's services."""

    def guard(self, rules: Rules) -> None:
        """Let pass exactly what these rules say, from one packet to the next."""


def bridge_name(network_id: str) -> str:
    """The device name of a network's bridge (Linux allows 15 characters)."""
    return "br" + network_id[:11]


def tap_name(port_id: str) -> str:
    """The device name of a port's tap."""
    return "tap" + port_id[:11]


def group_name(group_id: str) -> str:
    """What names a group's sets and chains in the packet filter."""
    return group_id[:11]
