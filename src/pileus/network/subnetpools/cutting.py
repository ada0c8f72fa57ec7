"""Cut a subnet from a stock of addresses; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import collapse_addresses, ip_network
from typing import Any, cast

from pileus.kernel.errors import Conflict
from pileus.network.api import typed
from pileus.network.subnets.ranges import Range, Span, address_of, invalid

LEAST = {4: 8, 6: 64}
"""The longest stretch, as a prefix length, that a pool gives unless it says otherwise (the reference's defaults)."""


def prefixes_of(given: Sequence[str]) -> list[Range]:
    """A pool's prefixes, of one family and without overlaps; raises Invalid."""
    found = [ip_network(one) for one in given]
    if len({one.version for one in found}) > 1:
        raise invalid("Subnet pool prefixes must be of one IP version.")
    return list(collapse_addresses(cast("list[Any]", found)))


def check_lengths(least: int, usual: int, most: int, version: int) -> None:
    """Raise Invalid for prefix lengths that contradict each other."""
    if not 0 < least <= usual <= most <= (32 if version == 4 else 128):
        raise invalid(f"Illegal subnet pool prefix bounds: {least} <= {usual} <= {most} does not hold.")


def cut(prefixes: Sequence[str], taken: Iterable[str], length: int) -> str:
    """The first free subnet of a prefix length; raises Conflict where there is none."""
    used = sorted(_span(ip_network(one)) for one in taken)
    for prefix in sorted((ip_network(one) for one in prefixes), key=_span):
        at = _first_free(prefix, used, length)
        if at is not None:
            return f"{address_of(prefix, at)}/{length}"
    said = f"Failed to allocate subnet: Insufficient prefix space to allocate subnet size /{length}."
    raise typed(Conflict, "SubnetAllocationError", said)


def check_free(prefixes: Sequence[str], taken: Iterable[str], cidr: str) -> None:
    """Raise Conflict unless a chosen subnet lies in the pool and nothing was cut there."""
    first, last = _span(ip_network(cidr))
    inside = any(low <= first and last <= high for low, high in map(_span, map(ip_network, prefixes)))
    if not inside or any(low <= last and first <= high for low, high in map(_span, map(ip_network, taken))):
        said = "Failed to allocate subnet: Cannot allocate requested subnet from the available set of prefixes."
        raise typed(Conflict, "SubnetAllocationError", said)


def _first_free(prefix: Range, used: Sequence[Span], length: int) -> int | None:
    if length < prefix.prefixlen:
        return None
    size = 1 << (prefix.max_prefixlen - length)
    at, end = _span(prefix)
    for first, last in used:
        if last < at:
            continue
        if first >= at + size:
            break
        at = (last // size + 1) * size
    return at if at + size - 1 <= end else None


def _span(one: Range) -> Span:
    return int(one.network_address), int(one.broadcast_address)
