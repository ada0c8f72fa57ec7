"""Picking a host and claiming of it, in the transaction of whoever asks: no two servers get the same last room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select

from pileus.kernel.errors import NoCapacity
from pileus.kernel.store import Tx
from pileus.placement.choice.decision import Decision, decide
from pileus.placement.choice.needs import Host, Needs, Spot
from pileus.placement.choice.properties import wanted_traits
from pileus.placement.choice.wording import sentence
from pileus.placement.claims import Claim, Consumer, release, set_claims
from pileus.placement.settings import PlacementSettings
from pileus.placement.stock import every_stock
from pileus.placement.table import WHEREABOUTS, provider_traits

_TRAITS = select(provider_traits).where(provider_traits.c.trait.in_(bindparam("names", expanding=True)))


@dataclass(frozen=True)
class Choice:
    """The host that was chosen and claimed of."""

    host_id: str
    host_name: str
    decision: dict[str, Any]
    """The record of the decision: plain data, to be kept with the server."""


def choose(tx: Tx, consumer: Consumer, asked: Needs, hosts: Sequence[Host]) -> Choice:
    """Claim what is asked of the best of these hosts; what the consumer held before it holds no more.

    Raises NoCapacity with the whole explanation as its sentence, and the record as `extra["decision"]`.
    """
    release(tx, consumer.id)
    decision = look(tx, asked, hosts)
    if decision.spot is None:
        raise NoCapacity(sentence(decision.record), extra={"decision": decision.record})
    host = decision.spot.host
    set_claims(tx, [Claim(consumer, {host.id: asked.resources})])
    return Choice(host.id, host.name, decision.record)


def look(tx: Tx, asked: Needs, hosts: Sequence[Host]) -> Decision:
    """Decide without claiming."""
    there = _whereabouts(tx, asked)
    traits = _traits(tx, asked)
    if asked.group is not None:
        placed = frozenset[str]().union(*there.values()) if there else frozenset[str]()
        asked = replace(asked, group=replace(asked.group, members=asked.group.members & placed))
    stocks = every_stock(tx)
    nobody = frozenset[str]()
    spots = [
        Spot(host, stocks.get(host.id, {}), there.get(host.id, nobody), traits.get(host.id, nobody)) for host in hosts
    ]
    return decide(asked, spots, tx.part(PlacementSettings))


def _whereabouts(tx: Tx, asked: Needs) -> Mapping[str, frozenset[str]]:
    """Which of the servers that matter are on which host."""
    if not asked.neighbours:
        return {}
    return _gathered((row["provider_id"], row["consumer_id"]) for row in tx.all(WHEREABOUTS, ids=[*asked.neighbours]))


def _traits(tx: Tx, asked: Needs) -> Mapping[str, frozenset[str]]:
    """Which of the traits that matter are on which host."""
    names = list(
        wanted_traits(asked).keys() | {n for o in asked.alternatives for n in wanted_traits(asked.with_flavor(o))}
    )
    if not names:
        return {}
    return _gathered((row["provider_id"], row["trait"]) for row in tx.all(_TRAITS, names=names))


def _gathered(pairs: Any) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for host_id, one in pairs:
        found.setdefault(host_id, set()).add(one)
    return {host_id: frozenset(several) for host_id, several in found.items()}
