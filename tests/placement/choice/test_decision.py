"""Decisions and the record of them, from hosts made by hand."""

from __future__ import annotations

from typing import Any

import msgspec

from pileus.placement.choice.decision import decide
from pileus.placement.choice.needs import Alternative, Needs, Spot
from pileus.placement.names import MEMORY_MB, VCPU
from pileus.placement.settings import PlacementSettings
from pileus.placement.stock import Stock
from tests.placement.choice.hosts import needs, spot


def record(asked: Needs, *spots: Spot) -> dict[str, Any]:
    found = decide(asked, spots, PlacementSettings()).record
    assert msgspec.json.decode(msgspec.json.encode(found)) == found
    return found


def memory(free: int, total: int = 2048) -> dict[str, Stock]:
    return {VCPU: Stock(4), MEMORY_MB: Stock(total, total - free)}


def test_the_best_host_is_chosen_and_equal_ones_by_name() -> None:
    full, b, a = spot("full", memory(600)), spot("b"), spot("a")
    found = decide(needs(), [full, b, a], PlacementSettings())
    assert found.spot is a
    told = found.record
    assert (told["host"], told["considered"], told["fitting"], told["refused"]) == ("a", 3, 3, [])
    assert [one["host"] for one in told["weights"]] == ["a", "b", "full"]


def test_a_refusal_tells_the_filter_the_hosts_and_the_nearest_numbers() -> None:
    asked = needs(resources={MEMORY_MB: 1024})
    told = record(asked, spot("a", memory(256)), spot("b", memory(512)), spot("c", memory(2048), enabled=False))
    assert told["asked"] == {MEMORY_MB: 1024}
    assert told["refused"] == [
        {"filter": "enabled", "kind": "not", "hosts": 1, "names": ["c"]},
        {
            "filter": "memory",
            "kind": "short",
            "hosts": 2,
            "names": ["a", "b"],
            "class": MEMORY_MB,
            "asked": 1024,
            "free": 512,
            "total": 2048,
        },
    ]
    assert "host" not in told


def test_the_nearest_flavor_that_fits_is_advised() -> None:
    flavors = [Alternative(name, {VCPU: 1, MEMORY_MB: size}) for name, size in (("s", 128), ("m", 512), ("l", 4096))]
    asked = needs(resources={VCPU: 1, MEMORY_MB: 1024}, alternatives=flavors)
    told = record(asked, spot("a", memory(600)), spot("b", memory(256)))
    assert told["advice"] == [{"change": "flavor", "name": "m", "hosts": 1}]


def test_a_flavor_is_advised_only_where_everything_else_is_right() -> None:
    asked = needs(resources={MEMORY_MB: 1024}, zone="east", alternatives=[Alternative("s", {MEMORY_MB: 1})])
    assert record(asked, spot("a", memory(256)))["advice"] == []


def test_a_wish_that_alone_stands_in_the_way_is_named() -> None:
    told = record(needs(zone="east"), spot("a"), spot("b"), spot("c", up=False))
    assert told["advice"] == [{"change": "without", "filter": "zone", "hosts": 2}]


def test_what_only_an_operator_can_do_is_told_last() -> None:
    told = record(needs(host="a"), spot("a", enabled=False), spot("b"), spot("c", up=False))
    assert told["advice"] == [
        {"change": "without", "filter": "host", "hosts": 1},
        {"change": "operator", "filter": "enabled", "hosts": 1},
    ]


def test_a_refusal_among_many_hosts_stays_small() -> None:
    told = record(needs(), *(spot(f"h{number:03}", up=False) for number in range(200)))
    (reason,) = told["refused"]
    assert (reason["hosts"], len(reason["names"])) == (200, 20)
