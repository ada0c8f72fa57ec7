"""Every reason why a host may not take a server: one small function each, in one table.

A filter returns None where the host will do, and otherwise why not.  What a host does not report it does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from pileus.placement.choice import properties
from pileus.placement.choice.needs import Needs, Spot
from pileus.placement.names import DISK_GB, ECU, EGRESS, INGRESS, MEMORY_MB, VCPU


class Why(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a host will not do; amounts are in the unit of the filter's class."""

    kind: Literal["not", "short", "unreported", "unit"] = "not"
    asked: int = 0
    free: int = 0
    total: int = 0
    """What the host may give out in all."""
    about: str = ""
    """The class, where the filter looks at several."""


Check = Callable[[Needs, Spot], Why | None]
NOT = Why()


class Filter(NamedTuple):
    """One reason, and how it is said of one host and of several."""

    name: str
    check: Check
    one: str
    several: str
    remedy: str = ""
    """What to change in the request to be rid of it: "the zone"; empty where the request is not at fault."""


def _plain(holds: Callable[[Needs, Spot], bool]) -> Check:
    """A filter from a question."""
    return lambda needs, spot: None if holds(needs, spot) else NOT


def _room(name: str) -> Check:
    """A filter for one class of resource."""
    return lambda needs, spot: short_of(name, needs.resources.get(name, 0), spot)


def short_of(name: str, asked: int, spot: Spot) -> Why | None:
    """Whether a host lacks of a class."""
    if not asked:
        return None
    stock = spot.stocks.get(name)
    if stock is None:
        return Why("unreported", asked, about=name)
    if asked > stock.free:
        return Why("short", asked, max(0, stock.free), stock.capacity, name)
    return None if stock.is_unit(asked) else Why("unit", asked, stock.max_unit, stock.capacity, name)


_OWN = (VCPU, MEMORY_MB, DISK_GB, ECU, INGRESS, EGRESS)


def other_resources(needs: Needs, spot: Spot) -> Why | None:
    """The first class of an operator's own that a host lacks of."""
    rest = ((name, amount) for name, amount in needs.resources.items() if name not in _OWN)
    return next((why for name, amount in rest if (why := short_of(name, amount, spot))), None)


def is_fast_enough(needs: Needs, spot: Spot) -> Why | None:
    """Whether a core is worth what each VCPU is promised."""
    if needs.ecu_per_vcpu is None:
        return None
    worth = spot.host.ecu_per_core
    if worth is None:
        return Why("unreported", needs.ecu_per_vcpu)
    return None if worth >= needs.ecu_per_vcpu else Why("short", needs.ecu_per_vcpu, worth, worth)


def is_beside(needs: Needs, spot: Spot) -> bool:
    """Whether one of the servers it must be beside is there."""
    return not needs.same_host or bool(needs.same_host & spot.neighbours)


def is_apart(needs: Needs, spot: Spot) -> bool:
    """Whether none of the servers it must not be beside is there."""
    return not needs.different_host & spot.neighbours


def is_right_for_group(needs: Needs, spot: Spot) -> bool:
    """Whether its group's policy allows it here; where the first of a group goes does not matter."""
    group = needs.group
    if group is None or group.policy.startswith("soft-"):
        return True
    here = len(group.members & spot.neighbours)
    if group.policy == "anti-affinity":
        return here < group.most_per_host
    return here > 0 or not group.members


def is_enabled(needs: Needs, spot: Spot) -> bool:
    """Whether the operator lets it take new servers."""
    return spot.host.enabled


def is_up(needs: Needs, spot: Spot) -> bool:
    """Whether its heart beats."""
    return spot.host.up


def is_named(needs: Needs, spot: Spot) -> bool:
    """Whether it is the host that was asked for."""
    return needs.host in (None, spot.host.name, spot.host.id)


def is_in_zone(needs: Needs, spot: Spot) -> bool:
    """Whether it is in the zone that was asked for."""
    return needs.zone in (None, spot.host.zone)


def is_not_avoided(needs: Needs, spot: Spot) -> bool:
    """Whether it has not been tried, or left, already."""
    return spot.host.id not in needs.avoid


FILTERS = (
    Filter("enabled", _plain(is_enabled), "is disabled", "are disabled"),
    Filter("up", _plain(is_up), "is down", "are down"),
    Filter("avoided", _plain(is_not_avoided), "was tried before", "were tried before"),
    Filter("host", _plain(is_named), "is not the one asked for", "are not the one asked for", "that host"),
    Filter("zone", _plain(is_in_zone), "is in another zone", "are in other zones", "that zone"),
    Filter(
        "same_host",
        _plain(is_beside),
        "has none of the servers it is to be beside",
        "have none of the servers it is to be beside",
        "the hint same_host",
    ),
    Filter(
        "different_host",
        _plain(is_apart),
        "has a server it is not to be beside",
        "have servers it is not to be beside",
        "the hint different_host",
    ),
    Filter(
        "group",
        _plain(is_right_for_group),
        "is against its server group's policy",
        "are against its server group's policy",
        "its server group",
    ),
    Filter("image", _plain(properties.runs_image), "cannot run the image", "cannot run the image", "that image"),
    Filter(
        "traits",
        _plain(properties.has_traits),
        "has not the wanted traits",
        "have not the wanted traits",
        "the traits",
    ),
    Filter(
        "capabilities",
        _plain(properties.has_capabilities),
        "has not the wanted capabilities",
        "have not the wanted capabilities",
        "the flavor's capabilities",
    ),
    Filter(
        "aggregate_specs",
        _plain(properties.is_in_wanted_aggregate),
        "is in no aggregate that the flavor asks for",
        "are in no aggregate that the flavor asks for",
        "the flavor's aggregate",
    ),
    Filter("project", _plain(properties.admits_project), "is kept for other projects", "are kept for other projects"),
    Filter(
        "aggregate_image",
        _plain(properties.admits_image),
        "is kept for other images",
        "are kept for other images",
        "that image",
    ),
    Filter("cores", is_fast_enough, "has cores that are too slow", "have cores that are too slow"),
    Filter("vcpus", _room(VCPU), "lacks", "lack"),
    Filter("memory", _room(MEMORY_MB), "lacks", "lack"),
    Filter("disk", _room(DISK_GB), "lacks", "lack"),
    Filter("ecu", _room(ECU), "lacks", "lack"),
    Filter("ingress", _room(INGRESS), "lacks", "lack"),
    Filter("egress", _room(EGRESS), "lacks", "lack"),
    Filter("other_resources", other_resources, "lacks", "lack"),
)


def reasons(needs: Needs, spot: Spot) -> dict[str, Why]:
    """All reasons against a host, by the filter's name."""
    return {one.name: why for one in FILTERS if (why := one.check(needs, spot))}
