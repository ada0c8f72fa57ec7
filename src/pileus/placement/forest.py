"""Providers as trees: each with its stocks, traits and aggregates, read in four statements and then only looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table, select

from pileus.kernel.store import Row, Tx
from pileus.placement.names import SHARED
from pileus.placement.stock import Stock, every_stock
from pileus.placement.table import EVERY_PROVIDER, provider_aggregates, provider_traits
from pileus.placement.wishes import Wish, has_room

_TRAITS = select(provider_traits)
_AGGREGATES = select(provider_aggregates)


@dataclass(frozen=True, eq=False)
class Source:
    """One provider with all that is asked about."""

    row: Row
    stocks: Mapping[str, Stock] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    aggregates: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """Its identifier."""
        return str(self.row["id"])

    @property
    def root_id(self) -> str:
        """The identifier of its tree."""
        return str(self.row["root_id"])

    @property
    def parent_id(self) -> str | None:
        """The provider it is a part of."""
        found: str | None = self.row["parent_id"]
        return found

    @property
    def is_shared(self) -> bool:
        """Whether it serves the providers it has an aggregate in common with."""
        return SHARED in self.traits


Forest = Mapping[str, Source]
"""By identifier, in the order of creation."""


def forest(tx: Tx) -> Forest:
    """All providers."""
    stocks = every_stock(tx)
    traits, aggregates = _gathered(tx, provider_traits), _gathered(tx, provider_aggregates)
    return {
        row["id"]: Source(row, stocks.get(row["id"], {}), traits(row["id"]), aggregates(row["id"]))
        for row in tx.all(EVERY_PROVIDER)
    }


def _gathered(tx: Tx, table: Table) -> Callable[[str], frozenset[str]]:
    """A table's second column by its first."""
    found: dict[str, set[str]] = {}
    for row in tx.all(_TRAITS if table is provider_traits else _AGGREGATES):
        provider, value = row.values()
        found.setdefault(provider, set()).add(value)
    return lambda provider: frozenset(found.get(provider, ()))


def meeting(trees: Forest, wish: Wish) -> list[Source]:
    """The providers that meet a wish, each by itself."""
    root = tree_named(trees, wish.in_tree)
    return [
        one
        for one in trees.values()
        if (wish.in_tree is None or one.root_id == root)
        and has_room(one.stocks, wish.resources)
        and wish.traits.holds(one.traits)
        and wish.member_of.holds(one.aggregates)
    ]


def tree_named(trees: Forest, provider_id: str | None) -> str | None:
    """The root of the tree a provider is in; None where there is none."""
    found = trees.get(provider_id) if provider_id else None
    return found.root_id if found else None


def ancestors(trees: Forest, one: Source) -> list[str]:
    """A provider and all it is a part of, itself first."""
    found = [one.id]
    while one.parent_id is not None:
        one = trees[one.parent_id]
        found.append(one.id)
    return found


def by_root(providers: Iterable[Source]) -> dict[str, list[Source]]:
    """Providers by their tree."""
    found: dict[str, list[Source]] = {}
    for one in providers:
        found.setdefault(one.root_id, []).append(one)
    return found
