"""Which of several hosts is best."""

from __future__ import annotations

import pytest

from pileus.placement.choice.needs import Group
from pileus.placement.choice.weighers import company, fitting_cores, spread, weight_of
from pileus.placement.names import VCPU
from pileus.placement.settings import PlacementSettings
from pileus.placement.stock import Stock
from tests.placement.choice.hosts import needs, spot

ONE = needs(resources={VCPU: 1})


def test_the_emptier_host_weighs_more() -> None:
    assert spread(ONE, spot(stocks={VCPU: Stock(4)})) == 0.75
    assert spread(ONE, spot(stocks={VCPU: Stock(4, 2)})) == 0.25
    assert spread(ONE, spot(stocks={})) == 0.0


def test_fast_cores_are_kept_for_those_who_need_them() -> None:
    slow, fast = spot(ecu_per_core=2), spot(ecu_per_core=4)
    assert fitting_cores(needs(ecu_per_vcpu=2), slow) > fitting_cores(needs(ecu_per_vcpu=2), fast)
    assert fitting_cores(needs(ecu_per_vcpu=4), fast) == 1.0
    assert fitting_cores(ONE, spot()) == 0.0


@pytest.mark.parametrize(("policy", "weight"), [("soft-affinity", 0.5), ("soft-anti-affinity", 0.5), ("affinity", 0.0)])
def test_soft_policies_are_wishes(policy: str, weight: float) -> None:
    asked = needs(group=Group(policy, frozenset("ab")))  # type: ignore[arg-type]
    assert company(asked, spot(neighbours="a")) == weight
    assert company(ONE, spot()) == 0.0


def test_an_operator_may_prefer_full_hosts() -> None:
    empty, fuller = spot(stocks={VCPU: Stock(4)}), spot(stocks={VCPU: Stock(4, 2)})
    usual, stacking = PlacementSettings(), PlacementSettings(spread=-1.0)
    assert weight_of(ONE, empty, usual) > weight_of(ONE, fuller, usual)
    assert weight_of(ONE, empty, stacking) < weight_of(ONE, fuller, stacking)
