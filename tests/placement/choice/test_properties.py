"""What hosts are like, against what images and flavors want."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.placement.choice import properties
from tests.placement.choice.hosts import needs, spot

X86 = {"architectures": ["x86_64", "i686"], "hypervisor_type": "QEMU", "vm_modes": ["hvm"]}


@pytest.mark.parametrize(
    ("image", "reported", "runs"),
    [
        ({}, {}, True),
        ({"hw_architecture": "x86_64"}, X86, True),
        ({"hw_architecture": "amd64"}, X86, True),
        ({"hw_architecture": "aarch64"}, X86, False),
        ({"hw_architecture": "x86_64"}, {}, False),
        ({"hw_architecture": "x86_64"}, {"architectures": None}, False),
        ({"img_hv_type": "qemu", "hw_vm_mode": "HVM"}, X86, True),
        ({"img_hv_type": "xen"}, X86, False),
    ],
)
def test_an_image_runs_where_its_demands_are_reported(image: Any, reported: Any, runs: bool) -> None:
    assert properties.runs_image(needs(image=image), spot(properties=reported)) is runs


def test_traits_are_required_or_forbidden_by_flavor_and_image() -> None:
    asked = needs(extra_specs={"trait:FAST": "required", "trait:OLD": "forbidden"}, image={"trait:SSD": "required"})
    assert properties.has_traits(asked, spot(traits=["FAST", "SSD"]))
    assert not properties.has_traits(asked, spot(traits=["FAST"]))
    assert not properties.has_traits(asked, spot(traits=["FAST", "SSD", "OLD"]))
    assert properties.has_traits(needs(extra_specs={"trait:FAST": "nonsense"}), spot())


def test_capabilities_are_looked_up_by_path_and_what_is_missing_is_not_there() -> None:
    reported = {"cpu_info": {"features": ["avx", "sse"]}, "hypervisor_type": "QEMU"}
    here = spot(properties=reported)
    assert properties.has_capabilities(needs(extra_specs={"capabilities:cpu_info:features": "<in> avx"}), here)
    assert properties.has_capabilities(needs(extra_specs={"capabilities:hypervisor_type": "s== QEMU"}), here)
    assert not properties.has_capabilities(needs(extra_specs={"capabilities:hypervisor_type": "KVM"}), here)
    assert not properties.has_capabilities(needs(extra_specs={"capabilities:numa": "1"}), here)
    assert not properties.has_capabilities(needs(extra_specs={"capabilities:hypervisor_type:x": "1"}), here)
    assert properties.has_capabilities(needs(extra_specs={"quota:ecu": "3", "plain": "1"}), here)


def test_a_flavor_may_ask_for_an_aggregate() -> None:
    asked = needs(extra_specs={"aggregate_instance_extra_specs:ssd": "true"})
    assert properties.is_in_wanted_aggregate(asked, spot(aggregates=[{"x": "1"}, {"ssd": "true"}]))
    assert not properties.is_in_wanted_aggregate(asked, spot(aggregates=[{"ssd": "false"}]))
    assert not properties.is_in_wanted_aggregate(asked, spot())
    assert properties.is_in_wanted_aggregate(needs(), spot())


def test_an_aggregate_may_be_kept_for_projects() -> None:
    kept = [{"filter_tenant_id": "p1, p2", "filter_tenant_id_3": "p3"}]
    for project, admitted in (("p1", True), ("p2", True), ("p3", True), ("p4", False), (None, False)):
        assert properties.admits_project(needs(project_id=project), spot(aggregates=kept)) is admitted
    assert properties.admits_project(needs(project_id="p4"), spot(aggregates=[{"ssd": "true"}]))


def test_an_aggregate_may_be_kept_for_images() -> None:
    kept = [{"os_distro": "debian,ubuntu", "availability_zone": "z"}]
    assert properties.admits_image(needs(image={"os_distro": "debian"}), spot(aggregates=kept))
    assert not properties.admits_image(needs(image={"os_distro": "windows"}), spot(aggregates=kept))
    assert properties.admits_image(needs(image={"other": "x"}), spot(aggregates=kept))
