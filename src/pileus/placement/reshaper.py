"""The reshaper: inventories of several providers and what is held of them change together, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import Resource, given
from pileus.kernel.store import Tx
from pileus.placement.allocations import ProviderId, claims_from
from pileus.placement.api import PROVIDER_NOT_FOUND, placement
from pileus.placement.claims import set_claims
from pileus.placement.inventories import Lot, check_limits, check_unused, inventories_of, limits_of, set_inventories
from pileus.placement.names import ClassName
from pileus.placement.providers import step
from pileus.placement.resource_classes import check_classes
from pileus.placement.table import providers


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    """All that a provider is to have."""

    resource_provider_generation: int | None
    inventories: dict[ClassName, Lot]


class Reshaping(Resource):
    """What providers are to have, and what consumers are to hold of them."""

    inventories: Annotated[dict[ProviderId, Whole], Meta(min_length=1)] = given("reshape")
    allocations: dict[ProviderId, Any] = given("reshape")


@placement.route("POST /reshaper", Reshaping, "reshape", rule="placement:reshaper:reshape", since="1.30", code=204)
def reshape(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Reshaping) -> None:
    """Free what the consumers hold, rearrange the providers, and let the consumers hold what is asked."""
    for id, whole in asked.inventories.items():
        _check(tx, who, id.lower(), whole)
    claims = claims_from(tx, who, asked.allocations)
    set_claims(tx, claims, meanwhile=lambda: _rearrange(tx, asked.inventories))


def _check(tx: Tx, who: Caller, id: str, whole: Whole) -> None:
    row = tx.find(providers, id)
    if row is None:
        raise Invalid(f"Resource provider {id} does not exist.", extra={"code": PROVIDER_NOT_FOUND})
    check_classes(tx, whole.inventories)
    for name, lot in whole.inventories.items():
        check_limits(who, name, limits_of(lot))
    step(tx, row, whole.resource_provider_generation)


def _rearrange(tx: Tx, shapes: Mapping[str, Whole]) -> None:
    for id, whole in shapes.items():
        wanted = {name: limits_of(lot) for name, lot in whole.inventories.items()}
        check_unused(tx, id.lower(), inventories_of(tx, id.lower()).keys() - wanted.keys())
        set_inventories(tx, id.lower(), wanted)
