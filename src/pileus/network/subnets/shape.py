"""What callers see of a subnet, and what they may say of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.values import Address, Cidr, Flag, Text, Uuid, Whole
from pileus.network.standard import Standard, settable, sought

Mode = Literal["slaac", "dhcpv6-stateful", "dhcpv6-stateless"]


class Pool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run of addresses that ports are given, both ends included."""

    start: Address
    end: Address


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A route told to guests."""

    destination: Cidr
    nexthop: Address


class Subnet(Standard, one="subnet", many="subnets", bulk=True):
    """A range of addresses of a network, and what guests in it are told."""

    name: Text = settable("") | sought() | shown()
    network_id: Uuid = given("create") | sought() | shown()
    ip_version: Whole = given("create", default=UNSET) | sought(int) | shown()
    cidr: Cidr | None = given("create", default=UNSET) | sought() | shown()
    prefixlen: Whole = given("create", default=UNSET)
    subnetpool_id: str | None = given("create", default=UNSET) | sought() | shown()
    use_default_subnetpool: Flag = given("create", default=False)
    gateway_ip: Address | None = settable(UNSET) | sought() | shown()
    allocation_pools: list[Pool] = settable(UNSET) | shown()
    enable_dhcp: Flag = settable(True) | sought(Flag) | shown()
    dns_nameservers: list[Address] | None = settable(UNSET) | shown()
    host_routes: list[Route] | None = settable(UNSET) | shown()
    ipv6_ra_mode: Mode | None = given("create", default=UNSET) | sought() | shown()
    ipv6_address_mode: Mode | None = given("create", default=UNSET) | sought() | shown()
    shared: Flag = sought(Flag)
    external: Flag = sought(Flag, wire="router:external") | shown(wire="router:external")
