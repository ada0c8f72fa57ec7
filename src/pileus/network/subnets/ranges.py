"""The arithmetic of a subnet: which addresses it has, which are handed out, where its gateway is; pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pileus.kernel.errors import Conflict, Invalid, Refusal
from pileus.network.api import typed

Range = ipaddress.IPv4Network | ipaddress.IPv6Network
Span = tuple[int, int]
"""First and last address, both included."""

_METADATA = ipaddress.ip_network("169.254.169.254/32")


def range_of(cidr: str, version: int | None) -> Range:
    """The range of a new subnet; raises Invalid for one that no guest can live in."""
    found = ipaddress.ip_network(cidr)
    if version not in (None, found.version):
        raise invalid(f"Provided CIDR {cidr} does not match the ip_version {version}.")
    if found.prefixlen == 0:
        raise invalid("0 is not allowed as CIDR prefix length.")
    if found.is_multicast or found.is_loopback or found.is_unspecified or found.overlaps(_METADATA):
        raise invalid(f"{cidr} is not allowed as a subnet's CIDR.")
    return found


def hosts_of(subnet: Range) -> Span:
    """The addresses that a host may have: not the network's own, nor IPv4's broadcast address."""
    first, last = int(subnet.network_address), int(subnet.broadcast_address)
    if subnet.num_addresses <= 2:
        return first, last
    return first + 1, last - 1 if subnet.version == 4 else last


def gateway_of(subnet: Range) -> str:
    """Where the gateway is unless somebody says otherwise: the first host's address."""
    return str(address_of(subnet, hosts_of(subnet)[0]))


def check_gateway(subnet: Range, gateway: str) -> None:
    """Raise Invalid for a gateway that cannot be one; it need not lie in the subnet."""
    address = ipaddress.ip_address(gateway)
    if address.version != subnet.version:
        raise invalid(f"gateway_ip {gateway} does not match the ip_version {subnet.version}.")
    first, last = hosts_of(subnet)
    if address in subnet and not first <= int(address) <= last:
        raise invalid("Gateway is not valid on subnet.")


def default_pools(subnet: Range, gateway: str | None) -> list[Span]:
    """All hosts' addresses but the gateway's."""
    first, last = hosts_of(subnet)
    at = int(ipaddress.ip_address(gateway)) if gateway is not None else -1
    if not first <= at <= last:
        return [(first, last)]
    return [span for span in ((first, at - 1), (at + 1, last)) if span[0] <= span[1]]


def check_pools(subnet: Range, pools: Sequence[tuple[str, str]]) -> list[Span]:
    """The pools as numbers, in order; raises Invalid or Conflict."""
    spans = sorted(_span(subnet, start, end) for start, end in pools)
    for (_, end), (start, _) in pairwise(spans):
        if start <= end:
            said = f"Found overlapping allocation pools for subnet {subnet}."
            raise typed(Conflict, "OverlappingAllocationPools", said)
    return spans


def _span(subnet: Range, start: str, end: str) -> Span:
    first, last = ipaddress.ip_address(start), ipaddress.ip_address(end)
    if {first.version, last.version} != {subnet.version} or int(first) > int(last):
        raise typed(Invalid, "InvalidAllocationPool", f"The allocation pool {start}-{end} is not valid.")
    low, high = hosts_of(subnet)
    if int(first) < low or int(last) > high:
        said = f"The allocation pool {start}-{end} spans beyond the subnet cidr {subnet}."
        raise typed(Invalid, "OutOfBoundsAllocationPool", said)
    return int(first), int(last)


def check_gateway_free(subnet: Range, gateway: str | None, spans: Iterable[Span]) -> None:
    """Raise Conflict where a pool would hand out the gateway's address."""
    at = int(ipaddress.ip_address(gateway)) if gateway is not None else -1
    for pool in spans:
        if pool[0] <= at <= pool[1]:
            start, end = pools_as_text(subnet, [pool])[0].values()
            said = f"Gateway ip {gateway} conflicts with allocation pool {start}-{end}."
            raise typed(Conflict, "GatewayConflictWithAllocationPools", said)


def address_of(subnet: Range, number: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A number as an address of the subnet's family."""
    return ipaddress.IPv4Address(number) if subnet.version == 4 else ipaddress.IPv6Address(number)


def pools_as_text(subnet: Range, spans: Iterable[Span]) -> list[dict[str, str]]:
    """Pools as callers see them."""
    return [{"start": str(address_of(subnet, first)), "end": str(address_of(subnet, last))} for first, last in spans]


def invalid(said: str) -> Refusal:
    """That an input cannot be."""
    return typed(Invalid, "InvalidInput", f"Invalid input for operation: {said}")


def any_range(value: object) -> str:
    """An address or a range, as it was written; raises ValueError for what is neither."""
    if not isinstance(value, str) or "%" in value:
        raise ValueError(f"'{value}' is not a valid IP address or range")
    found = ipaddress.ip_network(value, strict=False)
    if found.is_multicast:
        raise ValueError(f"'{value}' is a multicast address, which no port may use as its own")
    return value
