"""The traits a provider has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from msgspec import Meta

from pileus.kernel.caller import Caller
from pileus.kernel.resource import Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.placement.api import dated, placement
from pileus.placement.providers import provider_of, step
from pileus.placement.table import TRAITS_OF, provider_traits
from pileus.placement.traits.traits import check_traits

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

TraitName = Annotated[str, Meta(min_length=1, max_length=255)]


class ProviderTraits(Resource):
    """What a provider is like."""

    resource_provider_generation: int = given("update") | shown()
    traits: list[TraitName] = given("update") | shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def traits_of(tx: Tx, provider_id: str) -> list[str]:
    """A provider's traits by name."""
    return [row["trait"] for row in tx.all(TRAITS_OF, id=provider_id)]


def set_traits(tx: Tx, provider_id: str, names: Collection[str]) -> bool:
    """Let a provider have these traits and no others; whether that is a change."""
    old = {row["trait"]: row for row in tx.all(TRAITS_OF, id=provider_id)}
    for name in sorted(old.keys() - set(names)):
        tx.remove(provider_traits, old[name])
    for name in sorted(set(names) - old.keys()):
        tx.insert(provider_traits, provider_id=provider_id, trait=name)
    return set(names) != old.keys()


def _told(tx: Tx, who: Caller, provider: Row) -> Answer:
    value = {"traits": traits_of(tx, provider["id"]), "resource_provider_generation": provider["generation"]}
    return dated(who, value, tx.now)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_PATH = "/resource_providers/{uuid}/traits"


@placement.route(f"GET {_PATH}", ProviderTraits, "show", rule="placement:resource_providers:traits:list", since="1.6")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ProviderTraits) -> Answer:
    """A provider's traits."""
    return _told(tx, who, provider_of(tx, target["uuid"]))


@placement.route(
    f"PUT {_PATH}", ProviderTraits, "update", rule="placement:resource_providers:traits:update", since="1.6"
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ProviderTraits) -> Answer:
    """Let a provider have these traits and no others."""
    provider = provider_of(tx, target["uuid"])
    check_traits(tx, asked.traits)
    after = step(tx, provider, asked.resource_provider_generation)
    set_traits(tx, provider["id"], asked.traits)
    return _told(tx, who, after)


@placement.route(f"DELETE {_PATH}", Nothing, rule="placement:resource_providers:traits:delete", since="1.6", code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Let a provider have none."""
    provider = step(tx, provider_of(tx, target["uuid"]))
    set_traits(tx, provider["id"], ())
