"""What may still be taken of a stock, and stocks as one statement reads them."""

from __future__ import annotations

from pileus.kernel.store import Store
from pileus.placement.claims import Claim, Consumer, set_claims
from pileus.placement.hosts import Supply, register
from pileus.placement.stock import Stock, every_stock, stocks_of


def test_capacity_is_what_is_not_reserved_times_the_ratio() -> None:
    stock = Stock(total=10, used=20, reserved=2, allocation_ratio=3.5)
    assert (stock.capacity, stock.free) == (28, 8)


def test_a_capacity_stays_a_number_that_can_be_told() -> None:
    assert Stock(total=2**31 - 1, allocation_ratio=3.4e38).capacity == 2**53


def test_a_stock_gives_whole_units_as_far_as_it_goes() -> None:
    stock = Stock(total=100, used=70, min_unit=10, max_unit=50, step_size=10)
    assert [amount for amount in (5, 10, 15, 30, 40) if stock.takes(amount)] == [10, 30]
    assert [amount for amount in (5, 15, 50, 60) if stock.is_unit(amount)] == [50]


def test_both_ways_of_reading_say_the_same(store: Store) -> None:
    store.write(register, "h1", "one", {"VCPU": Supply(4, 1, 2.0), "MEMORY_MB": Supply(512)})
    store.write(register, "h2", "two", {"VCPU": Supply(8)})
    store.write(register, "h3", "three", {})
    for number in range(3):
        store.write(set_claims, [Claim(Consumer(f"c{number}"), {"h1": {"VCPU": 2}})])
    everything = store.look(every_stock)
    assert everything["h1"]["VCPU"] == Stock(4, 6, 1, 1, 4, 1, 2.0)
    assert everything == store.look(stocks_of, ["h1", "h2", "h3"])
    assert set(everything) == {"h1", "h2"}
    assert store.look(stocks_of, []) == {}
