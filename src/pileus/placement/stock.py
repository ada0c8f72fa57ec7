"""What a provider has of a class of resource: how much in all, how much is used, what may still be taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pileus.kernel.store import Row, Tx
from pileus.placement.table import STOCK, STOCK_OF

MOST = 2**31 - 1
"""The largest amount of anything."""


ENDLESS = 2**53
"""A capacity beyond which nobody counts: the largest whole number that every reader of JSON has."""


class Stock(NamedTuple):
    """One class of one provider, in the class's own unit."""

    total: int
    used: int = 0
    reserved: int = 0
    min_unit: int = 1
    max_unit: int = MOST
    step_size: int = 1
    allocation_ratio: float = 1.0

    @property
    def capacity(self) -> int:
        """How much may be given out in all."""
        return min(int((self.total - self.reserved) * self.allocation_ratio), ENDLESS)

    @property
    def free(self) -> int:
        """How much may still be given out; less than nothing where the capacity was lowered meanwhile."""
        return self.capacity - self.used

    def is_unit(self, amount: int) -> bool:
        """Whether a single consumer may have such an amount."""
        return self.min_unit <= amount <= self.max_unit and amount % self.step_size == 0

    def takes(self, amount: int) -> bool:
        """Whether a consumer may have such an amount now."""
        return amount <= self.free and self.is_unit(amount)


Stocks = Mapping[str, Stock]
"""By resource class."""


def every_stock(tx: Tx) -> dict[str, dict[str, Stock]]:
    """All stocks by provider and class, from one statement."""
    return _by_provider(tx.all(STOCK))


def stocks_of(tx: Tx, providers: Collection[str]) -> dict[str, dict[str, Stock]]:
    """Some providers' stocks, by provider and class."""
    return _by_provider(tx.all(STOCK_OF, ids=list(providers))) if providers else {}


def _by_provider(rows: Iterable[Row]) -> dict[str, dict[str, Stock]]:
    """The statements name their columns in the order of a stock's fields."""
    found: dict[str, dict[str, Stock]] = {}
    for row in rows:
        provider_id, name, total, used, *limits = row.values()
        found.setdefault(provider_id, {})[name] = Stock(total, int(used), *limits)
    return found
