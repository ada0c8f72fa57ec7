"""Every filter: what passes, what does not, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.placement.choice.filters import FILTERS, Why, reasons
from pileus.placement.choice.needs import Group, Needs, Spot
from pileus.placement.names import ECU, EGRESS, INGRESS, MEMORY_MB, VCPU
from pileus.placement.stock import Stock
from tests.placement.choice.hosts import needs, spot


def against(asked: Needs, here: Spot) -> list[str]:
    return list(reasons(asked, here))


def test_a_host_with_room_and_no_faults_will_do() -> None:
    assert against(needs(), spot()) == []


@pytest.mark.parametrize(
    ("filter", "asked", "here"),
    [
        ("enabled", {}, {"enabled": False}),
        ("up", {}, {"up": False}),
        ("avoided", {"avoid": frozenset({"h1"})}, {}),
        ("host", {"host": "h2"}, {}),
        ("zone", {"zone": "east"}, {}),
        ("same_host", {"same_host": frozenset({"a", "b"})}, {"neighbours": ["c"]}),
        ("different_host", {"different_host": frozenset({"a", "b"})}, {"neighbours": ["b"]}),
        ("image", {"image": {"hw_architecture": "aarch64"}}, {"properties": {"architectures": ["x86_64"]}}),
        ("traits", {"extra_specs": {"trait:FAST": "required"}}, {}),
        ("capabilities", {"extra_specs": {"capabilities:hypervisor_type": "QEMU"}}, {}),
        ("aggregate_specs", {"extra_specs": {"aggregate_instance_extra_specs:ssd": "true"}}, {}),
        ("project", {"project_id": "p1"}, {"aggregates": [{"filter_tenant_id": "p2"}]}),
        ("aggregate_image", {"image": {"os_distro": "a"}}, {"aggregates": [{"os_distro": "b"}]}),
    ],
)
def test_one_fault_is_one_reason(filter: str, asked: dict[str, Any], here: dict[str, Any]) -> None:
    assert reasons(needs(**asked), spot(**here)) == {filter: Why()}


def test_a_host_is_named_by_name_or_identifier() -> None:
    assert against(needs(host="h1"), spot()) == []
    assert against(needs(zone="nova", same_host=frozenset("a")), spot(neighbours=["a"])) == []


@pytest.mark.parametrize(
    ("filter", "name"),
    [
        ("vcpus", VCPU),
        ("memory", MEMORY_MB),
        ("ecu", ECU),
        ("ingress", INGRESS),
        ("egress", EGRESS),
        ("other_resources", "CUSTOM_GPU"),
    ],
)
def test_room_is_asked_of_every_class(filter: str, name: str) -> None:
    asked = needs(resources={name: 3})
    assert reasons(asked, spot(stocks={name: Stock(4, 1)})) == {}
    assert reasons(asked, spot(stocks={name: Stock(4, 2)})) == {filter: Why("short", 3, 2, 4, name)}
    assert reasons(asked, spot(stocks={name: Stock(4, max_unit=2)})) == {filter: Why("unit", 3, 2, 4, name)}


def test_a_host_that_reports_nothing_gets_nothing() -> None:
    asked = needs(resources={VCPU: 1, MEMORY_MB: 1, ECU: 1}, ecu_per_vcpu=1)
    found = reasons(asked, spot(stocks={}))
    assert set(found) == {"vcpus", "memory", "ecu", "cores"}
    assert {why.kind for why in found.values()} == {"unreported"}


def test_what_is_not_asked_need_not_be_there() -> None:
    assert against(needs(resources={VCPU: 1, EGRESS: 0}), spot(stocks={VCPU: Stock(1)})) == []


@pytest.mark.parametrize(("asked", "worth", "found"), [(3, 4, []), (4, 4, []), (5, 4, ["cores"]), (None, None, [])])
def test_cores_are_worth_what_is_promised(asked: int | None, worth: int | None, found: list[str]) -> None:
    assert against(needs(ecu_per_vcpu=asked), spot(ecu_per_core=worth)) == found


@pytest.mark.parametrize(
    ("group", "here", "allowed"),
    [
        (Group("affinity", frozenset("ab")), "a", True),
        (Group("affinity", frozenset("ab")), "", False),
        (Group("affinity"), "", True),
        (Group("anti-affinity", frozenset("ab")), "", True),
        (Group("anti-affinity", frozenset("ab")), "a", False),
        (Group("anti-affinity", frozenset("ab"), most_per_host=2), "a", True),
        (Group("anti-affinity", frozenset("ab"), most_per_host=2), "ab", False),
        (Group("soft-affinity", frozenset("ab")), "", True),
        (Group("soft-anti-affinity", frozenset("ab")), "a", True),
    ],
)
def test_a_servers_group_is_kept_together_or_apart(group: Group, here: str, allowed: bool) -> None:
    assert against(needs(group=group), spot(neighbours=here)) == ([] if allowed else ["group"])


def test_filters_have_names_of_their_own_and_words() -> None:
    assert len({one.name for one in FILTERS}) == len(FILTERS)
    assert all(one.one and one.several for one in FILTERS)
