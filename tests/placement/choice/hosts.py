"""Hosts and needs for tests of choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pileus.placement.choice.needs import Host, Needs, Spot
from pileus.placement.names import ECU, MEMORY_MB, VCPU
from pileus.placement.stock import Stock

SMALL = {VCPU: 1, MEMORY_MB: 512}


def host(name: str = "h1", **facts: Any) -> Host:
    """A host in the zone nova that has nothing against anybody."""
    return Host(id=name, name=name, **{"zone": "nova", **facts})


def spot(
    name: str = "h1", stocks: Mapping[str, Stock] | None = None, *, neighbours: Iterable[str] = (), **facts: Any
) -> Spot:
    """A host with four VCPUs, 2 GB and 16 ECU, unless it has other stocks; `traits` are placement's."""
    traits = frozenset(facts.pop("traits", ()))
    usual = {VCPU: Stock(4), MEMORY_MB: Stock(2048), ECU: Stock(16)}
    return Spot(host(name, **facts), usual if stocks is None else stocks, frozenset(neighbours), traits)


def needs(**more: Any) -> Needs:
    """The needs of a small server."""
    return Needs(**{"resources": SMALL, **more})
