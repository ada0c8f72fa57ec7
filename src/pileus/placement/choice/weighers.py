"""Which of several hosts with room is best: one small function for each consideration, each from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pileus.placement.choice.needs import Needs, Spot
from pileus.placement.settings import PlacementSettings


class Weigher(NamedTuple):
    """One consideration, and how much it counts."""

    name: str
    weigh: Callable[[Needs, Spot], float]
    weight: Callable[[PlacementSettings], float]


def spread(needs: Needs, spot: Spot) -> float:
    """The share of the host that would stay free: the mean over the classes asked for, ECU among them."""
    shares = [
        (stock.free - amount) / stock.capacity
        for name, amount in needs.resources.items()
        if (stock := spot.stocks.get(name)) and stock.capacity > 0
    ]
    return max(0.0, sum(shares) / len(shares)) if shares else 0.0


def fitting_cores(needs: Needs, spot: Spot) -> float:
    """How little of a core's speed would be more than the server is promised."""
    promised, worth = needs.ecu_per_vcpu or 1, spot.host.ecu_per_core
    return min(1.0, promised / worth) if worth else 0.0


def company(needs: Needs, spot: Spot) -> float:
    """How many of its group are here, as far as the group would like that (or would not)."""
    group = needs.group
    if group is None or not group.policy.startswith("soft-") or not group.members:
        return 0.0
    share = len(group.members & spot.neighbours) / len(group.members)
    return share if group.policy == "soft-affinity" else 1 - share


WEIGHERS = (
    Weigher("spread", spread, lambda settings: settings.spread),
    Weigher("fitting_cores", fitting_cores, lambda settings: settings.fitting_cores),
    Weigher("company", company, lambda settings: settings.company),
)


def weight_of(needs: Needs, spot: Spot, settings: PlacementSettings) -> float:
    """All considerations together."""
    return sum(one.weight(settings) * one.weigh(needs, spot) for one in WEIGHERS)
