"""Which addresses a port is to have, from what was asked and the network's subnets; pure.

Unless told otherwise a port has one address of either family, and in each subnet whose guests make their
address from their MAC also that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from pileus.kernel.errors import Invalid, Refusal
from pileus.network.api import typed
from pileus.network.ports.shape import FixedIp
from pileus.network.subnets.modes import by_mac, is_by_mac
from pileus.network.subnets.ranges import hosts_of

Subnet = Mapping[str, Any]


class Wish(NamedTuple):
    """An address wanted from within: this one, one of this subnet, or both."""

    subnet_id: str | None = None
    ip_address: str | None = None


Asked = Sequence[FixedIp | Wish] | None
"""The addresses a port is to have; None leaves it to us."""

MOST = 5
"""Addresses a port may ask for (the reference's default)."""


@dataclass(frozen=True)
class Claim:
    """One address a port is to have: this one, or any free one of the first of these subnets that has one."""

    subnets: Sequence[Subnet]
    address: str | None = None


def claims(network_id: str, subnets: Sequence[Subnet], mac: str, asked: Asked) -> list[Claim]:
    """What a port with this MAC is to have; `asked` None leaves it to us.  Raises Invalid."""
    own = [subnet for subnet in subnets if is_by_mac(subnet)]
    if asked is None:
        found = list(_one_of_each_family(subnets))
    else:
        _check(network_id, asked)
        found = [_claim(network_id, subnets, mac, one) for one in asked]
    named = {claim.subnets[0]["id"] for claim in found if claim.address is not None}
    found += [Claim([subnet], by_mac(subnet["cidr"], mac)) for subnet in own if subnet["id"] not in named]
    return found


def _one_of_each_family(subnets: Sequence[Subnet]) -> Iterator[Claim]:
    for version in (4, 6):
        able = [one for one in subnets if one["ip_version"] == version and not is_by_mac(one)]
        if able:
            yield Claim(able)


def _check(network_id: str, asked: Sequence[FixedIp | Wish]) -> None:
    if len(asked) > MOST:
        raise _invalid("Exceeded maximum amount of fixed ips per port.")
    chosen = [one.ip_address for one in asked if one.ip_address is not None]
    if len(set(chosen)) < len(chosen):
        raise _invalid("Duplicate IP address in fixed_ips.")
    if any(one.subnet_id is None and one.ip_address is None for one in asked):
        raise _invalid("IP allocation requires subnet_id or ip_address.")


def _claim(network_id: str, subnets: Sequence[Subnet], mac: str, one: FixedIp | Wish) -> Claim:
    subnet = _subnet(network_id, subnets, one)
    address = by_mac(subnet["cidr"], mac) if is_by_mac(subnet) else one.ip_address
    if is_by_mac(subnet) and one.ip_address not in (None, address):
        said = (
            f"IPv6 address {one.ip_address} can not be directly assigned to a port on subnet {subnet['id']} "
            "as the subnet is configured for automatic addresses"
        )
        raise typed(Invalid, "AllocationOnAutoAddressSubnet", said)
    return Claim([subnet], address)


def _subnet(network_id: str, subnets: Sequence[Subnet], one: FixedIp | Wish) -> Subnet:
    if one.subnet_id is None:
        found = [subnet for subnet in subnets if _holds(subnet, str(one.ip_address))]
        if not found:
            said = f"IP address {one.ip_address} is not a valid IP for any of the subnets on the specified network."
            raise typed(Invalid, "InvalidIpForNetwork", said)
        return found[0]
    named = [subnet for subnet in subnets if subnet["id"] == one.subnet_id]
    if not named:
        raise _invalid(
            f"Failed to create port on network {network_id}, because fixed_ips included invalid subnet {one.subnet_id}"
        )
    if one.ip_address is not None and not _holds(named[0], one.ip_address):
        said = f"IP address {one.ip_address} is not a valid IP for the specified subnet."
        raise typed(Invalid, "InvalidIpForSubnet", said)
    return named[0]


def _holds(subnet: Subnet, address: str) -> bool:
    cidr, found = ip_network(subnet["cidr"]), ip_address(address)
    first, last = hosts_of(cidr)
    return found.version == cidr.version and first <= int(found) <= last


def _invalid(said: str) -> Refusal:
    return typed(Invalid, "InvalidInput", f"Invalid input for operation: {said}")
