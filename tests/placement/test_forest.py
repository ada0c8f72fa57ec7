"""Providers as trees, read from the database."""

from __future__ import annotations

from pileus.kernel.store import Store
from pileus.placement.aggregates import set_aggregates
from pileus.placement.forest import ancestors, by_root, forest, meeting, tree_named
from pileus.placement.hosts import Supply, register
from pileus.placement.providers import make
from pileus.placement.traits.provider_traits import set_traits
from pileus.placement.wishes import MemberWish, TraitWish, Wish


def planted(store: Store) -> None:
    store.write(register, "host", "host", {"VCPU": Supply(4)})
    store.write(make, id="numa", name="numa", parent_id="host")
    store.write(make, id="nic", name="nic", parent_id="numa")
    store.write(set_traits, "host", ["HW_NUMA_ROOT"])
    store.write(set_aggregates, "host", ["agg"])


def test_a_tree_is_read_whole(store: Store) -> None:
    planted(store)
    trees = store.read(forest)
    assert list(trees) == ["host", "nic", "numa"] or list(trees) == ["host", "numa", "nic"]
    assert trees["host"].stocks["VCPU"].total == 4
    assert trees["host"].traits == {"HW_NUMA_ROOT"}
    assert trees["host"].aggregates == {"agg"}
    assert (trees["nic"].traits, trees["nic"].stocks) == (frozenset(), {})
    assert ancestors(trees, trees["nic"]) == ["nic", "numa", "host"]
    assert tree_named(trees, "nic") == "host"
    assert tree_named(trees, "gone") is None
    assert len(by_root(trees.values())["host"]) == 3


def test_a_wish_is_met_by_providers_alone(store: Store) -> None:
    planted(store)
    trees = store.read(forest)

    def ids(wish: Wish) -> list[str]:
        return [one.id for one in meeting(trees, wish)]

    assert ids(Wish({"VCPU": 4})) == ["host"]
    assert ids(Wish({}, TraitWish(frozenset({"HW_NUMA_ROOT"})))) == ["host"]
    assert len(ids(Wish({}, member_of=MemberWish(none=frozenset({"agg"}))))) == 2
    assert len(ids(Wish({}, in_tree="nic"))) == 3
    assert ids(Wish({}, in_tree="gone")) == []
