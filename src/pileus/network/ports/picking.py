"""Pick free addresses: from a random place onwards, reading only the few that are taken right there.

At random, so that writers side by side seldom want the same one; the primary key of `network_addresses` decides
where they do.  Nothing reads all addresses of a subnet unless nearly all are taken.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import bindparam, select

from pileus.kernel.store import Tx
from pileus.network.ports.table import addresses
from pileus.network.subnets.ranges import Span, address_of

_FEW, _MANY = 16, 4096
_TAKEN = (
    select(addresses.c.number)
    .where(
        addresses.c.subnet_id == bindparam("subnet_id"),
        addresses.c.number >= bindparam("first"),
        addresses.c.number <= bindparam("last"),
    )
    .order_by(addresses.c.number)
    .limit(bindparam("limit"))
)
_ONE = select(addresses.c.number).where(
    addresses.c.subnet_id == bindparam("subnet_id"), addresses.c.number == bindparam("number")
)


def number_of(address: str) -> str:
    """An address as digits that sort like addresses do."""
    return f"{int(ip_address(address)):032x}"


def is_taken(tx: Tx, subnet_id: str, address: str) -> bool:
    """Whether a port has this address, or has left it and its host has not let go."""
    return tx.one(_ONE, subnet_id=subnet_id, number=number_of(address)) is not None


def pick(tx: Tx, subnet: Mapping[str, Any]) -> str | None:
    """A free address of a subnet's pools, or None where all are taken."""
    cidr = ip_network(subnet["cidr"])
    for first, last in _from_somewhere(spans_of(subnet)):
        free = _first_free(tx, subnet["id"], first, last)
        if free is not None:
            return str(address_of(cidr, free))
    return None


def spans_of(subnet: Mapping[str, Any]) -> list[Span]:
    """A subnet's pools as numbers."""
    return [(int(ip_address(pool["start"])), int(ip_address(pool["end"]))) for pool in subnet["allocation_pools"]]


def _from_somewhere(spans: Sequence[Span]) -> Iterator[Span]:
    """The pools from a random address to the last, then from the first to there."""
    ahead = random.randrange(sum(last - first + 1 for first, last in spans) or 1)
    for at, (first, last) in enumerate(spans):
        size = last - first + 1
        if ahead < size:
            yield first + ahead, last
            yield from (*spans[at + 1 :], *spans[:at])
            yield first, first + ahead - 1
            return
        ahead -= size


def _first_free(tx: Tx, subnet_id: str, first: int, last: int) -> int | None:
    window = _FEW
    while first <= last:
        taken = tx.all(_TAKEN, subnet_id=subnet_id, first=f"{first:032x}", last=f"{last:032x}", limit=window)
        for row in taken:
            if int(row["number"], 16) != first:
                return first
            first += 1
        if len(taken) < window:
            return first if first <= last else None
        window = min(window * 4, _MANY)
    return None
