"""The search through provider trees, on trees made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pileus.placement.forest import Source
from pileus.placement.search import Request, candidates
from pileus.placement.stock import Stock
from pileus.placement.wishes import MemberWish, TraitWish, Wish

SHARED = "MISC_SHARES_VIA_AGGREGATE"


def source(id: str, parent: str | None = None, root: str | None = None, *marks: str, **totals: int) -> Source:
    """A provider; marks in small letters are aggregates, the others traits."""
    row = {"id": id, "parent_id": parent, "root_id": root or id}
    traits = frozenset(mark for mark in marks if mark.isupper())
    aggregates = frozenset(mark for mark in marks if mark.islower())
    return Source(row, {name: Stock(total) for name, total in totals.items()}, traits, aggregates)


def trees(*sources: Source) -> Mapping[str, Source]:
    return {one.id: one for one in sources}


HOST = trees(
    source("host", None, None, "SSD", VCPU=4),
    source("numa0", "host", "host", "FAST", MEM=512),
    source("numa1", "host", "host", MEM=512),
    source("nic0", "numa0", "host", "NIC", NET=10),
    source("nic1", "numa1", "host", "NIC", NET=10),
)


def found(forest: Mapping[str, Source], groups: Mapping[str, Wish], **more: Any) -> list[dict[str, dict[str, int]]]:
    return [one.holding for one in candidates(forest, Request(groups, **more))]


def test_providers_of_one_tree_serve_a_request_between_them() -> None:
    wish = Wish({"VCPU": 1, "MEM": 256})
    assert found(HOST, {"": wish}) == [
        {"host": {"VCPU": 1}, "numa0": {"MEM": 256}},
        {"host": {"VCPU": 1}, "numa1": {"MEM": 256}},
    ]
    assert found(HOST, {"": wish}, whole_trees=False) == []


def test_trees_do_not_mix() -> None:
    forest = trees(source("a", VCPU=1), source("b", MEM=1))
    assert found(forest, {"": Wish({"VCPU": 1, "MEM": 1})}) == []


def test_traits_may_be_met_together_and_forbidden_ones_count_for_each() -> None:
    wish = Wish({"VCPU": 1, "MEM": 256}, TraitWish(frozenset({"SSD", "FAST"})))
    assert found(HOST, {"": wish}) == [{"host": {"VCPU": 1}, "numa0": {"MEM": 256}}]
    wish = Wish({"VCPU": 1, "MEM": 256}, TraitWish(none=frozenset({"FAST"})))
    assert found(HOST, {"": wish}) == [{"host": {"VCPU": 1}, "numa1": {"MEM": 256}}]
    assert found(HOST, {"": Wish({"VCPU": 1}, TraitWish(any=(frozenset({"NO", "FAST"}),)))}) == []


def test_a_group_is_served_by_one_provider() -> None:
    assert found(HOST, {"1": Wish({"VCPU": 1, "MEM": 1})}) == []
    forest = trees(source("a", VCPU=1, MEM=1))
    assert found(forest, {"1": Wish({"VCPU": 1, "MEM": 1})}) == [{"a": {"VCPU": 1, "MEM": 1}}]


def test_groups_may_share_a_provider_as_far_as_it_has_room_unless_isolated() -> None:
    groups = {"1": Wish({"NET": 6}), "2": Wish({"NET": 6})}
    apart = [{"nic0": {"NET": 6}, "nic1": {"NET": 6}}, {"nic1": {"NET": 6}, "nic0": {"NET": 6}}]
    assert found(HOST, groups) == apart
    groups = {"1": Wish({"NET": 5}), "2": Wish({"NET": 5})}
    assert len(found(HOST, groups)) == 4
    assert len(found(HOST, groups, is_isolated=True)) == 2


def test_a_shared_provider_serves_its_neighbours() -> None:
    forest = trees(
        source("a", None, None, "agg", VCPU=4), source("b", VCPU=4), source("pool", None, None, SHARED, "agg", DISK=9)
    )
    assert found(forest, {"": Wish({"VCPU": 1, "DISK": 2})}) == [{"a": {"VCPU": 1}, "pool": {"DISK": 2}}]
    assert found(forest, {"": Wish({"DISK": 2})}) == [{"pool": {"DISK": 2}}]


def test_aggregates_of_the_root_count_for_its_tree_but_not_for_a_group() -> None:
    forest = trees(source("a", None, None, "agg", VCPU=1), source("b", "a", "a", MEM=1))
    member = MemberWish((frozenset({"agg"}),))
    assert found(forest, {"": Wish({"MEM": 1}, member_of=member)}) == [{"b": {"MEM": 1}}]
    assert found(forest, {"1": Wish({"MEM": 1}, member_of=member)}) == []


def test_the_root_may_have_to_have_traits() -> None:
    groups = {"": Wish({"NET": 1})}
    assert len(found(HOST, groups, root=TraitWish(frozenset({"SSD"})))) == 2
    assert found(HOST, groups, root=TraitWish(none=frozenset({"SSD"}))) == []


def test_a_tree_may_be_named() -> None:
    forest = trees(source("a", VCPU=1), source("b", VCPU=1))
    assert found(forest, {"": Wish({"VCPU": 1}, in_tree="b")}) == [{"b": {"VCPU": 1}}]
    assert found(forest, {"": Wish({"VCPU": 1}, in_tree="gone")}) == []


def test_groups_are_kept_below_one_provider() -> None:
    groups = {"A": Wish({"NET": 1}), "B": Wish({}, TraitWish(frozenset({"FAST"})))}
    assert found(HOST, groups, subtrees=[frozenset({"A", "B"})]) == [{"nic0": {"NET": 1}}]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (3, 3), (None, 4)])
def test_no_more_are_told_than_asked_for(limit: int | None, count: int) -> None:
    groups = {"1": Wish({"NET": 1}), "2": Wish({"NET": 1})}
    assert len(candidates(HOST, Request(groups), limit)) == count


def test_it_is_told_who_serves_which_group() -> None:
    (one, _) = candidates(HOST, Request({"": Wish({"VCPU": 1}), "N": Wish({"NET": 1})}))
    assert one.mappings == {"": ["host"], "N": ["nic0"]}
