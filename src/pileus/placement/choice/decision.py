"""The decision itself: the best host that will do, and a record of what spoke against the others.

The record is plain data, kept with the server; `wording.py` says it as a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pileus.placement.choice.filters import FILTERS, Why, reasons
from pileus.placement.choice.needs import Alternative, Needs, Spot
from pileus.placement.choice.weighers import weight_of
from pileus.placement.settings import PlacementSettings

MOST_NAMES = 20
"""Hosts named for one reason; the others are only counted."""

MOST_WEIGHTS = 5
MOST_ALTERNATIVES = 50
"""Flavors that are tried where nothing fits."""

BEYOND_REQUEST = ("enabled", "up")
"""Filters that only an operator can do something about."""

Found = Sequence[tuple[Spot, dict[str, Why]]]
"""Hosts, each with the reasons against it."""


@dataclass(frozen=True)
class Decision:
    """The place that was found, if one was, and the record of it."""

    spot: Spot | None
    record: dict[str, Any]


def decide(needs: Needs, spots: Sequence[Spot], settings: PlacementSettings) -> Decision:
    """Choose among hosts; of equal ones the first by name."""
    found = [(spot, reasons(needs, spot)) for spot in spots]
    fitting = [spot for spot, against in found if not against]
    weights = sorted(((-weight_of(needs, spot, settings), spot.host.name, spot) for spot in fitting), key=_rank)
    record: dict[str, Any] = {
        "asked": dict(needs.resources),
        "considered": len(spots),
        "fitting": len(fitting),
        "refused": _refused(found),
    }
    if not weights:
        return Decision(None, {**record, "advice": _advice(needs, found)})
    best = weights[0][2]
    told = [{"host": name, "weight": round(-weight, 4)} for weight, name, _ in weights[:MOST_WEIGHTS]]
    return Decision(best, {**record, "host": best.host.name, "weights": told})


def _rank(one: tuple[float, str, Spot]) -> tuple[float, str]:
    return one[:2]


def _refused(found: Found) -> list[dict[str, Any]]:
    """Why not, by filter: how many hosts, and the numbers of the one that comes nearest."""
    told = []
    for one in FILTERS:
        for kind in ("not", "short", "unreported", "unit"):
            against = [
                (spot.host.name, why[one.name]) for spot, why in found if one.name in why and why[one.name].kind == kind
            ]
            if against:
                told.append(_reason(one.name, against))
    return told


def _reason(name: str, against: Sequence[tuple[str, Why]]) -> dict[str, Any]:
    nearest = max((why for _, why in against), key=lambda why: why.free)
    hosts = sorted(host for host, _ in against)
    told: dict[str, Any] = {
        "filter": name,
        "kind": nearest.kind,
        "hosts": len(hosts),
        "names": hosts[:MOST_NAMES],
    }
    if nearest.kind != "not":
        told |= {"class": nearest.about, "asked": nearest.asked, "free": nearest.free, "total": nearest.total}
    return told


# ── what would fit ───────────────────────────────────────────────────────────────────────────────────────


def _advice(needs: Needs, found: Found) -> list[dict[str, Any]]:
    """What would make it fit, the cheapest change first."""
    return [*_smaller(needs, found), *_without(found), *_by_operator(found)]


def _smaller(needs: Needs, found: Found) -> list[dict[str, Any]]:
    """The flavor nearest to what was asked for that fits somewhere."""
    for other in sorted(needs.alternatives[:MOST_ALTERNATIVES], key=lambda other: _distance(needs, other)):
        hosts = sum(not reasons(needs.with_flavor(other), spot) for spot, _ in found)
        if hosts:
            return [{"change": "flavor", "name": other.name, "hosts": hosts}]
    return []


def _distance(needs: Needs, other: Alternative) -> tuple[float, float]:
    """How much less than asked a flavor has, then how much more; each as a sum of shares."""
    shares = [1 - other.resources.get(name, 0) / amount for name, amount in needs.resources.items()]
    return sum(share for share in shares if share > 0), -sum(share for share in shares if share < 0)


def _without(found: Found) -> list[dict[str, Any]]:
    """Wishes of the request that alone stand in the way."""
    told = []
    for one in FILTERS:
        hosts = sum(list(against) == [one.name] for _, against in found)
        if one.remedy and hosts:
            told.append({"change": "without", "filter": one.name, "hosts": hosts})
    return told


def _by_operator(found: Found) -> list[dict[str, Any]]:
    """Hosts that would do, were they enabled or up."""
    counts = {name: sum(list(against) == [name] for _, against in found) for name in BEYOND_REQUEST}
    return [{"change": "operator", "filter": name, "hosts": hosts} for name, hosts in counts.items() if hosts]
