"""From what is wanted and what is seen to what is to be done: pure, one short way for each guest."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Literal, NamedTuple

from pileus.compute.host.spec import Guest, Power, SeenGuest, State, definition_of

Verb = Literal["define", "settle", "start", "stop", "press", "pause", "suspend", "forget"]
"""The hypervisor's verbs; `press` is its gentle stop, after which one has to wait."""

WAYS: dict[Power, dict[State, tuple[Verb, ...]]] = {
    "running": {
        "stopped": ("start",),
        "paused": ("start",),
        "suspended": ("start",),
    },
    "stopped": {
        "running": ("stop",),
        "paused": ("stop",),
        "suspended": ("stop",),
        "halted": ("stop",),  # it is off already: this notes that it is so by wish from now on
        "crashed": ("stop",),
    },
    "paused": {
        "running": ("pause",),
        "stopped": ("start", "pause"),
        "suspended": ("start", "pause"),
    },
    "suspended": {
        "running": ("suspend",),
        "paused": ("suspend",),
        "stopped": ("start", "suspend"),
    },
}
"""From each state to the wanted power.  Where none is given there is nothing to do: it is there, or (halted, crashed)
it stays as it is until somebody asks for another start."""


class Action(NamedTuple):
    """One verb to be carried out on one guest."""

    verb: Verb
    guest_id: str
    guest: Guest | None = None
    """As it is wanted; None for one that nobody wants."""


def plan(
    wanted: Mapping[str, Guest],
    seen: Mapping[str, SeenGuest],
    *,
    spare: Container[str] = (),
    overdue: Container[str] = (),
) -> dict[str, tuple[Action, ...]]:
    """What is to be done, in order, for each guest for which something is.

    `spare` are left as they are: something is wanted of them, but nobody here understands what.
    `overdue` are those that were asked to stop and had their time.
    """
    ways = {each: _way(guest, seen.get(each), overdue=each in overdue) for each, guest in wanted.items()}
    forgotten = {each: (Action("forget", each),) for each in seen if each not in wanted and each not in spare}
    return {each: way for each, way in ways.items() if way} | forgotten


def _way(guest: Guest, seen: SeenGuest | None, *, overdue: bool) -> tuple[Action, ...]:
    define: tuple[Verb, ...] = () if _is_as_described(guest, seen) else ("define",)
    power = _to_power(guest, seen, overdue=overdue)
    return tuple(Action(verb, guest.id, guest) for verb in (*define, *_to_settle(seen, power), *power))


def _to_settle(seen: SeenGuest | None, power: tuple[Verb, ...]) -> tuple[Verb, ...]:
    """A guest whose image has come whole leaves the promise while it runs, or before it is started."""
    runs_on = seen is not None and seen.state == "running" and not power
    begins = seen is not None and seen.state in ("stopped", "halted", "crashed") and power[-1:] == ("start",)
    return ("settle",) if seen and seen.leans == "whole" and (runs_on or begins) else ()


def _is_as_described(guest: Guest, seen: SeenGuest | None) -> bool:
    cards = {card.port_id for card in guest.nics}
    return seen is not None and seen.definition == definition_of(guest) and set(seen.nics) == cards


def _to_power(guest: Guest, seen: SeenGuest | None, *, overdue: bool) -> tuple[Verb, ...]:
    state: State = "running" if seen and seen.state == "building" else seen.state if seen else "stopped"
    way = WAYS[guest.power].get(state, ())
    if seen and guest.turn > seen.turn and guest.power != "stopped":
        afresh = WAYS[guest.power]["stopped"]
        way = afresh if state in ("stopped", "halted", "crashed") else ("stop", *afresh)
    if way[:1] == ("stop",) and state == "running" and guest.gently and not overdue:
        return ("press",)
    return way
