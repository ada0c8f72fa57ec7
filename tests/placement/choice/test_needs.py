"""What a flavor asks for, in amounts by class."""

from __future__ import annotations

from pileus.placement.choice.needs import Alternative, Group, resources
from tests.placement.choice.hosts import needs


def test_amounts_are_named_by_class_and_nothing_is_left_out_but_nothing() -> None:
    found = resources(vcpus=2, memory_mb=512, ecu=4, ingress_kbit=1000, egress_kbit=2000)
    assert found == {
        "VCPU": 2,
        "MEMORY_MB": 512,
        "CUSTOM_ECU": 4,
        "NET_BW_IGR_KILOBIT_PER_SEC": 1000,
        "NET_BW_EGR_KILOBIT_PER_SEC": 2000,
    }


def test_extra_specs_add_and_replace_and_leave_out() -> None:
    specs = {"resources:CUSTOM_GPU": "1", "resources:VCPU": "0", "resources:DISK_GB": "x", "quota:ecu": "3"}
    assert resources(vcpus=2, memory_mb=512, disk_gb=5, extra_specs=specs) == {
        "MEMORY_MB": 512,
        "DISK_GB": 5,
        "CUSTOM_GPU": 1,
    }


def test_servers_whose_whereabouts_matter_are_told() -> None:
    group = Group("affinity", frozenset({"c"}))
    asked = needs(same_host=frozenset({"a"}), different_host=frozenset({"b"}), group=group)
    assert asked.neighbours == {"a", "b", "c"}
    assert needs().neighbours == frozenset()


def test_another_flavor_changes_what_a_flavor_says_and_nothing_else() -> None:
    asked = needs(zone="z", ecu_per_vcpu=4, extra_specs={"a": "b"}, alternatives=[Alternative("tiny", {"VCPU": 1}, 2)])
    other = asked.with_flavor(asked.alternatives[0])
    assert (other.resources, other.ecu_per_vcpu, other.extra_specs) == ({"VCPU": 1}, 2, {})
    assert (other.zone, other.alternatives) == ("z", ())
