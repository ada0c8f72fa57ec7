"""From what is wanted and what is seen of a host's networks to what must be done; pure but for `converge`.

The order is what keeps guests apart: rules hold before a tap appears, and a tap goes before its rules do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from pileus.network.host.layers import bridges_of, numbers_of, owners_of, rules_of, services_of, taps_of
from pileus.network.host.reporting import Faults, Report, report
from pileus.network.host.switch import Bridge, Rules, Seen, Service, Switch, SwitchFault, Tap
from pileus.network.host.wanted import Wanted, sound

Subject = tuple[Literal["network", "port", "rules"], str]
RULES: Subject = ("rules", "")


class Action(msgspec.Struct, frozen=True):
    """One thing to tell the switch, whom it concerns, and without whose success it is left undone."""

    verb: Literal["lay", "clear", "plug", "unplug", "serve", "silence", "guard"]
    value: Bridge | Tap | Service | Rules | str
    about: Subject
    needs: tuple[Subject, ...] = ()

    def do(self, switch: Switch) -> None:
        """Tell the switch."""
        getattr(switch, self.verb)(self.value)


def plan(wanted: Wanted, seen: Seen) -> tuple[Action, ...]:
    """What to do, in order, so that all that is wanted (and sound) holds, and nothing else of ours."""
    numbers = numbers_of(wanted, seen)
    rules = rules_of(wanted, numbers)
    return (
        *_removals(wanted, seen),
        *_bridges(wanted, seen, numbers),
        *([Action("guard", rules, RULES)] if seen.rules != rules else ()),
        *_services(wanted, seen),
        *_taps(wanted, seen, numbers),
        *(Action("clear", id, ("network", id)) for id in seen.bridges if id not in wanted.networks),
    )


def _removals(wanted: Wanted, seen: Seen) -> Iterator[Action]:
    services = services_of(wanted, seen.outside)
    yield from (Action("unplug", id, ("port", id)) for id in seen.taps if id not in wanted.ports)
    yield from (Action("silence", id, ("network", id)) for id in seen.services if id not in services)


def _bridges(wanted: Wanted, seen: Seen, numbers: dict[str, int]) -> Iterator[Action]:
    for id, bridge in bridges_of(wanted, numbers).items():
        if seen.bridges.get(id) != bridge:
            yield Action("lay", bridge, ("network", id))


def _services(wanted: Wanted, seen: Seen) -> Iterator[Action]:
    for id, service in services_of(wanted, seen.outside).items():
        if seen.services.get(id) != service:
            yield Action("serve", service, ("network", id), (("network", id),))


def _taps(wanted: Wanted, seen: Seen, numbers: dict[str, int]) -> Iterator[Action]:
    for id, tap in taps_of(wanted, numbers).items():
        if seen.taps.get(id) != tap:
            yield Action("plug", tap, ("port", id), (RULES, ("network", tap.network_id)))


def converge(switch: Switch, wanted: Wanted) -> Report:
    """Look, plan, act, and say what holds; a part that fails leaves undone only what needs it."""
    seen = switch.observe()
    good, flaws = sound(wanted, seen.outside)
    faults: Faults = dict(flaws)
    actions = plan(good, seen)
    for action in actions:
        _attempt(action, switch, faults)
    told = report(wanted, seen, faults, acted=len(actions))
    return msgspec.structs.replace(told, owners=owners_of(good))


def _attempt(action: Action, switch: Switch, faults: Faults) -> None:
    because = next((faults[need] for need in action.needs if need in faults), None)
    if because is None:
        try:
            action.do(switch)
        except SwitchFault as fault:
            because = str(fault)
    if because is not None:
        faults.setdefault(action.about, because)
