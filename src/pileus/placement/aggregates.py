"""The aggregates a provider is in: groups that are known by their identifier only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.kernel.values import Uuid
from pileus.placement.api import dated, placement
from pileus.placement.changes import AGGREGATE_GENERATION
from pileus.placement.providers import provider_of, step
from pileus.placement.table import AGGREGATES_OF, provider_aggregates

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Aggregates(Resource):
    """Which aggregates a provider is in; before 1.19 a list was all of a request's body."""

    aggregates: list[Uuid] = given("update", since="1.19") | given("update", until="1.19", alone=True) | shown()
    resource_provider_generation: int = given("update", since="1.19") | shown(since="1.19")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def set_aggregates(tx: Tx, provider_id: str, ids: Sequence[str]) -> None:
    """Let a provider be in these aggregates and no others."""
    old = {row["aggregate_id"]: row for row in tx.all(AGGREGATES_OF, id=provider_id)}
    for id in sorted(old.keys() - set(ids)):
        tx.remove(provider_aggregates, old[id])
    for id in sorted(set(ids) - old.keys()):
        tx.insert(provider_aggregates, provider_id=provider_id, aggregate_id=id)


def _told(tx: Tx, who: Caller, provider: Row) -> Answer:
    ids = [row["aggregate_id"] for row in tx.all(AGGREGATES_OF, id=provider["id"])]
    return dated(who, {"aggregates": ids, "resource_provider_generation": provider["generation"]}, tx.now)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_PATH = "/resource_providers/{uuid}/aggregates"


@placement.route(f"GET {_PATH}", Aggregates, "show", rule="placement:resource_providers:aggregates:list", since="1.1")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Aggregates) -> Answer:
    """The aggregates a provider is in."""
    return _told(tx, who, provider_of(tx, target["uuid"]))


@placement.route(
    f"PUT {_PATH}", Aggregates, "update", rule="placement:resource_providers:aggregates:update", since="1.1"
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Aggregates) -> Answer:
    """Let a provider be in these aggregates and no others; they need not have been known."""
    provider = provider_of(tx, target["uuid"])
    if len(set(asked.aggregates)) < len(asked.aggregates):
        raise Invalid("Invalid input for field/attribute aggregates. An aggregate is named twice.")
    if who.can(AGGREGATE_GENERATION):
        provider = step(tx, provider, asked.resource_provider_generation)
    set_aggregates(tx, provider["id"], asked.aggregates)
    return _told(tx, who, provider)
