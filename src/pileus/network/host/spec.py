"""The contract between the cloud and a host's switch: networks, ports and security groups, wanted and seen.

Identifiers and quantities only; the agent derives every device name and path from them and validates each.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Family = Literal["IPv4", "IPv6"]


class Route(msgspec.Struct, frozen=True):
    """A route handed to guests by DHCP."""

    destination: str
    nexthop: str


class Subnet(msgspec.Struct, frozen=True):
    """One range of addresses of a network."""

    id: str
    cidr: str
    gateway: str | None = None
    dhcp: bool = True
    ipv6: Literal["slaac", "stateless", "stateful"] | None = None
    """How guests get an IPv6 address from router advertisements; None advertises nothing."""
    dns: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()


class Network(msgspec.Struct, frozen=True):
    """A bridge with, for its subnets that want it, DHCP and metadata."""

    id: str
    mtu: int = 1500
    subnets: tuple[Subnet, ...] = ()
    service_addresses: tuple[str, ...] = ()
    """The host's own addresses on this network (DHCP, DNS, metadata), one for each subnet that has DHCP."""
    uplink: bool = False
    """Whether guests reach the outside through this host by NAT, when the host has an uplink."""
    gateway_here: bool = False
    """Whether the host answers for the subnets' gateway addresses."""
    attached: bool = False
    """Whether the bridge is joined to the host's real interface, when the host gave one away for it."""
    domain: str = ""
    """The DNS domain told to guests."""
    version: int = 1


class Address(msgspec.Struct, frozen=True):
    """An address a port holds."""

    subnet_id: str
    ip: str


class Pair(msgspec.Struct, frozen=True):
    """A further address a port may send from (`allowed_address_pairs`); `ip` may be a CIDR."""

    ip: str
    mac: str


class Port(msgspec.Struct, frozen=True):
    """A tap on a network's bridge, and what may pass it."""

    id: str
    network_id: str
    mac: str
    addresses: tuple[Address, ...] = ()
    pairs: tuple[Pair, ...] = ()
    groups: tuple[str, ...] = ()
    """Security groups; none with `guarded` means nothing but DHCP and metadata passes."""
    guarded: bool = True
    """`port_security_enabled`: anti-spoofing and security groups."""
    up: bool = True
    guest_id: str = ""
    hostname: str = ""
    version: int = 1


class Rule(msgspec.Struct, frozen=True):
    """One line of a security group: what it lets pass.  All fields None lets all of the family pass."""

    direction: Literal["ingress", "egress"]
    family: Family = "IPv4"
    protocol: str | None = None
    """A name (`tcp`, `udp`, `icmp`, `ipv6-icmp`, …) or a number as text."""
    low: int | None = None
    """First port, or ICMP type."""
    high: int | None = None
    """Last port, or ICMP code."""
    remote_cidr: str | None = None
    remote_group: str | None = None


class Group(msgspec.Struct, frozen=True):
    """A security group with the addresses of all its members in the cloud (for rules that name it)."""

    id: str
    rules: tuple[Rule, ...] = ()
    members: tuple[str, ...] = ()
    stateful: bool = True
    """Hosts follow connections for every group as yet; a stateless one lets replies pass too."""
    version: int = 1


class SeenNetwork(msgspec.Struct, frozen=True):
    """What a host says of a network: whether its bridge and services stand."""

    id: str
    state: Literal["up", "failed", "gone"]
    because: str = ""


class SeenGroup(msgspec.Struct, frozen=True):
    """What a host says of a security group: whether its rules hold."""

    id: str
    state: Literal["up", "failed", "gone"]
    because: str = ""


class SeenPort(msgspec.Struct, frozen=True):
    """What a host says of a port: whether its tap is plugged and its rules hold."""

    id: str
    state: Literal["up", "down", "failed", "gone"]
    because: str = ""
