"""Hosts as resource providers: made known with what they have, and struck from the list again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pileus.kernel.errors import Missing
from pileus.kernel.store import Tx
from pileus.placement.inventories import inventories_of, limits_of, set_inventories
from pileus.placement.providers import forget, make, rename, step
from pileus.placement.stock import Stock, every_stock, stocks_of
from pileus.placement.table import providers
from pileus.placement.traits.provider_traits import set_traits, traits_of
from pileus.placement.traits.traits import ensure_trait


@dataclass(frozen=True)
class Supply:
    """What a host has of one class, and how it is given out unless an operator says otherwise."""

    total: int
    reserved: int = 0
    allocation_ratio: float = 1.0


def register(
    tx: Tx, host_id: str, name: str, supplies: Mapping[str, Supply], *, traits: Collection[str] | None = None
) -> None:
    """Make known what a host has; what it does not name it does not have.

    `reserved` and `allocation_ratio` count when a class is first heard of; afterwards they are the operator's, who
    sets them through the API.  Nothing is written where nothing has changed.  Traits are left alone unless given;
    those that an operator added (`CUSTOM_`) stay.
    """
    provider = tx.find(providers, host_id)
    provider = make(tx, id=host_id, name=name) if provider is None else rename(tx, provider, name)
    known = inventories_of(tx, host_id)
    wanted = {of: _limits(supply, known.get(of)) for of, supply in supplies.items() if supply.total > 0}
    is_new = set_inventories(tx, host_id, wanted)
    if traits is not None:
        is_new = _set_traits(tx, host_id, traits) or is_new
    if is_new:
        step(tx, provider)


def _limits(supply: Supply, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """A single server gets no more than there really is, however often it is given out."""
    if known is None:
        limits = limits_of(Stock(supply.total, 0, supply.reserved, allocation_ratio=supply.allocation_ratio))
    else:
        limits = limits_of(known)
    reserved = min(limits["reserved"], supply.total)
    return {**limits, "total": supply.total, "max_unit": supply.total, "reserved": reserved}


def _set_traits(tx: Tx, host_id: str, names: Collection[str]) -> bool:
    for name in names:
        ensure_trait(tx, name)
    own = [name for name in traits_of(tx, host_id) if name.startswith("CUSTOM_")]
    return set_traits(tx, host_id, {*names, *own})


def withdraw(tx: Tx, host_id: str) -> None:
    """Strike a host; raises Conflict while anything is held of it.  Nothing happens where it is unknown."""
    provider = tx.find(providers, host_id)
    if provider is not None:
        forget(tx, provider)


def capacity(tx: Tx, host_id: str) -> dict[str, Stock]:
    """What a host has of each class, with what is used of it; raises Missing."""
    if tx.find(providers, host_id) is None:
        raise Missing(f"Host {host_id} has not reported anything.")
    return stocks_of(tx, [host_id]).get(host_id, {})


def capacities(tx: Tx) -> dict[str, dict[str, Stock]]:
    """The same of every host that has anything, by its identifier, from one statement."""
    return every_stock(tx)
