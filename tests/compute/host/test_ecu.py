"""The ECU formula, by the figures of the platform it comes from."""

from __future__ import annotations

import pytest

from pileus.compute.host.ecu import Share, share
from pileus.compute.host.spec import Cpu

GOLDEN = [
    ((1, 1), (1024, 57499)),
    ((1, 2), (2048, 82500)),
    ((2, 2), (4096, 57499)),
    ((2, 3), (6144, 82500)),
    ((4, 2), (8192, 57499)),
    ((4, 4), (16384, 100_000)),
]


@pytest.mark.parametrize(("flavor", "expected"), GOLDEN, ids=str)
def test_shares_and_quota_are_those_of_the_origin(flavor: tuple[int, int], expected: tuple[int, int]) -> None:
    assert share(*flavor, ecu_per_core=4) == Share(*expected, period=100_000)


def test_a_guest_without_ecu_counts_one_per_vcpu_and_has_no_ceiling() -> None:
    assert share(3, None, ecu_per_core=4) == Share(3072, None)
    assert Cpu(3).ecu == 3


def test_groups_of_version_2_weigh_a_hundred_for_each_ecu() -> None:
    assert [share(*flavor, ecu_per_core=4).weight(2) for flavor, _ in GOLDEN] == [100, 200, 400, 600, 800, 1600]


@pytest.mark.parametrize(("version", "heaviest"), [(1, 262_144), (2, 10_000)])
def test_the_largest_guest_weighs_no_more_than_the_kernel_takes(version: int, heaviest: int) -> None:
    assert share(128, 8, ecu_per_core=8).weight(version) == heaviest


def test_no_vcpu_gets_more_than_a_whole_core() -> None:
    assert share(8, 16, ecu_per_core=4).quota == 100_000


def test_a_faster_core_is_given_for_less_of_the_time() -> None:
    assert share(4, 4, ecu_per_core=8).quota == 50_000


def test_a_host_that_does_not_know_its_worth_sets_no_ceiling() -> None:
    assert share(1, 1, ecu_per_core=0) == Share(1024, None)
