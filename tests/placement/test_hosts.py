"""Hosts as providers: what they report, and what an operator has said about it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from pileus.kernel.errors import Conflict, Missing
from pileus.kernel.history import history
from pileus.kernel.store import Store
from pileus.placement.claims import Claim, Consumer, set_claims
from pileus.placement.hosts import Supply, capacities, capacity, register, withdraw
from pileus.placement.inventories import inventories_of
from pileus.placement.providers import provider_of
from pileus.placement.stock import Stock
from pileus.placement.table import inventories
from pileus.placement.traits.provider_traits import set_traits, traits_of
from pileus.placement.traits.traits import ensure_trait

USUAL = {"VCPU": Supply(4, allocation_ratio=4.0), "MEMORY_MB": Supply(2048, reserved=512), "DISK_GB": Supply(0)}


def test_a_host_has_what_it_reports(store: Store) -> None:
    store.write(register, "h", "host", USUAL)
    found = store.look(capacity, "h")
    assert found["VCPU"] == Stock(4, max_unit=4, allocation_ratio=4.0)
    assert found["MEMORY_MB"].capacity == 1536
    assert "DISK_GB" not in found
    assert store.look(capacities) == {"h": found}


def test_the_same_report_again_writes_nothing(store: Store) -> None:
    store.write(register, "h", "host", USUAL, traits=["HW_CPU_X86_AVX"])
    count = select(func.count()).select_from(history)
    before = store.look(lambda tx: tx.value(count))
    store.write(register, "h", "host", USUAL, traits=["HW_CPU_X86_AVX"])
    assert store.look(lambda tx: tx.value(count)) == before


def test_ratio_and_reserve_are_the_operators_once_known(store: Store) -> None:
    store.write(register, "h", "host", USUAL)
    store.write(lambda tx: tx.change(inventories, inventories_of(tx, "h")["VCPU"], allocation_ratio=2.0, reserved=1))
    store.write(register, "h", "host", {**USUAL, "VCPU": Supply(8, allocation_ratio=4.0)})
    assert store.look(capacity, "h")["VCPU"] == Stock(8, reserved=1, max_unit=8, allocation_ratio=2.0)


def test_a_host_that_reports_less_has_less_be_it_held(store: Store) -> None:
    store.write(register, "h", "host", USUAL)
    store.write(set_claims, [Claim(Consumer("web"), {"h": {"VCPU": 4}})])
    generation = store.look(provider_of, "h")["generation"]
    store.write(register, "h", "renamed", {"MEMORY_MB": Supply(256)})
    assert store.look(capacity, "h") == {"MEMORY_MB": Stock(256, reserved=256, max_unit=256)}
    assert store.look(provider_of, "h")["name"] == "renamed"
    assert store.look(provider_of, "h")["generation"] == generation + 1


def test_traits_of_an_operator_stay(store: Store) -> None:
    store.write(register, "h", "host", USUAL, traits=["HW_CPU_X86_AVX"])
    store.write(ensure_trait, "CUSTOM_GOLD")
    store.write(set_traits, "h", ["HW_CPU_X86_AVX", "CUSTOM_GOLD"])
    store.write(register, "h", "host", USUAL, traits=["HW_CPU_X86_AVX2"])
    assert store.look(traits_of, "h") == ["CUSTOM_GOLD", "HW_CPU_X86_AVX2"]
    store.write(register, "h", "host", USUAL)
    assert store.look(traits_of, "h") == ["CUSTOM_GOLD", "HW_CPU_X86_AVX2"]


def test_a_host_is_struck_when_nothing_of_it_is_held(store: Store) -> None:
    store.write(register, "h", "host", USUAL)
    store.write(set_claims, [Claim(Consumer("web"), {"h": {"VCPU": 4}})])
    with pytest.raises(Conflict):
        store.write(withdraw, "h")
    store.write(set_claims, [Claim(Consumer("web"), {})])
    store.write(withdraw, "h")
    with pytest.raises(Missing):
        store.look(capacity, "h")
    store.write(withdraw, "h")
