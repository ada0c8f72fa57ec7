"""Claims: who holds how much of which provider; the one place that writes allocations, and never beyond capacity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.store import Row, Tx
from pileus.placement.api import PROVIDER_NOT_FOUND
from pileus.placement.resource_classes import check_classes
from pileus.placement.stock import Stock, stocks_of
from pileus.placement.table import HELD_BY, STEP, allocations, consumers, providers

Holding = Mapping[str, Mapping[str, int]]
"""Amounts by provider and class."""

Sums = dict[tuple[str, str], int]
"""Amounts by (provider, class)."""

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Stands for project and user of a consumer that was made before these were asked for."""


@dataclass(frozen=True)
class Consumer:
    """Who holds something, and whose that is."""

    id: str
    project_id: str = NOBODY
    user_id: str = NOBODY
    type: str | None = None


@dataclass(frozen=True)
class Claim:
    """All that a consumer is to hold; an empty holding is none, and the consumer is forgotten."""

    consumer: Consumer
    holding: Holding


def set_claims(tx: Tx, claims: Sequence[Claim], *, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Let consumers hold exactly this, all of them or none; what they held before is free for any of them.

    `meanwhile` is done when nothing is held by them.  Raises Invalid for an unknown provider or class, Conflict
    where there is not enough.
    """
    _check_known(tx, claims)
    known = {claim.consumer.id: tx.find(consumers, claim.consumer.id) for claim in claims}
    freed = _free(tx, [id for id, row in known.items() if row is not None])
    meanwhile()
    wanted = _sums((id, name, amount) for claim in claims for id, name, amount in _flat(claim.holding))
    _check_room(stocks_of(tx, {provider for provider, _ in wanted}), claims, wanted, freed)
    for claim in claims:
        _hold(tx, claim, known[claim.consumer.id])
    for provider_id in sorted({provider for provider, _ in (*wanted, *freed)}):
        tx.run(STEP, key_id=provider_id)


def release(tx: Tx, consumer_id: str) -> None:
    """Let a consumer hold nothing; nothing happens where it holds nothing."""
    row = tx.find(consumers, consumer_id)
    if row is None:
        return
    freed = _free(tx, [consumer_id])
    tx.remove(consumers, row)
    for provider_id in sorted({provider for provider, _ in freed}):
        tx.run(STEP, key_id=provider_id)


def claims_of(tx: Tx, consumer_id: str) -> dict[str, dict[str, int]]:
    """What a consumer holds, by provider and class."""
    found: dict[str, dict[str, int]] = {}
    for row in tx.all(HELD_BY, id=consumer_id):
        found.setdefault(row["provider_id"], {})[row["resource_class"]] = row["used"]
    return found


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────


def _flat(holding: Holding) -> Iterable[tuple[str, str, int]]:
    return ((id, name, amount) for id, amounts in holding.items() for name, amount in amounts.items())


def _sums(parts: Iterable[tuple[str, str, int]]) -> Sums:
    found: Sums = {}
    for provider_id, name, amount in parts:
        found[provider_id, name] = found.get((provider_id, name), 0) + amount
    return found


def _check_known(tx: Tx, claims: Sequence[Claim]) -> None:
    for provider_id in sorted({id for claim in claims for id in claim.holding}):
        if tx.find(providers, provider_id) is None:
            raise Invalid(
                f"Allocation for resource provider '{provider_id}' that does not exist.",
                extra={"code": PROVIDER_NOT_FOUND},
            )
    check_classes(tx, {name for claim in claims for _, name, _ in _flat(claim.holding)})


def _free(tx: Tx, consumer_ids: Iterable[str]) -> Sums:
    """Take back what consumers hold; how much that was."""
    rows = [row for id in consumer_ids for row in tx.all(HELD_BY, id=id)]
    for row in rows:
        tx.remove(allocations, row)
    return _sums((row["provider_id"], row["resource_class"], row["used"]) for row in rows)


def _check_room(stocks: Mapping[str, Mapping[str, Stock]], claims: Sequence[Claim], wanted: Sums, freed: Sums) -> None:
    for claim in claims:
        for provider_id, name, amount in _flat(claim.holding):
            stock = stocks.get(provider_id, {}).get(name)
            if stock is None:
                raise _refused(name, provider_id, "there is no such inventory")
            if not stock.is_unit(amount):
                limits = f"between {stock.min_unit} and {stock.max_unit} in steps of {stock.step_size}"
                raise _refused(name, provider_id, f"{amount} is asked, where amounts are {limits}")
    for (provider_id, name), amount in wanted.items():
        stock = stocks[provider_id][name]
        if amount > stock.free and amount > freed.get((provider_id, name), 0):
            raise _refused(
                name, provider_id, f"{amount} asked, {max(0, stock.free)} of {stock.capacity} free: over capacity"
            )


def _refused(name: str, provider_id: str, because: str) -> Conflict:
    return Conflict(f"Unable to allocate inventory: {name} on resource provider '{provider_id}': {because}.")


def _hold(tx: Tx, claim: Claim, known: Row | None) -> None:
    consumer = claim.consumer
    if not claim.holding:
        if known is not None:
            tx.remove(consumers, known)
        return
    whose: dict[str, Any] = {"project_id": consumer.project_id, "user_id": consumer.user_id, "type": consumer.type}
    if known is None:
        tx.insert(consumers, id=consumer.id, generation=1, **whose)
    else:
        tx.change(consumers, known, generation=known["generation"] + 1, **whose)
    for provider_id, name, amount in _flat(claim.holding):
        tx.insert(allocations, consumer_id=consumer.id, provider_id=provider_id, resource_class=name, used=amount)
