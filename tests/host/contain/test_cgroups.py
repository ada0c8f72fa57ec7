"""Which trees of control groups govern guests, on machines of either version."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.host.contain.cgroups import Hierarchy, hierarchies

V1 = "31 24 0:{n} / {root}/{name} rw,relatime shared:9 - cgroup cgroup rw,{name}"
V2 = "30 24 0:26 / {root} rw,nosuid shared:8 - cgroup2 cgroup2 rw,nsdelegate"
DISK = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "groups" / "unified").mkdir(parents=True)
    return tmp_path / "groups"


def found(root: Path, *lines: str) -> list[Hierarchy]:
    mounts = root.parent / "mountinfo"
    mounts.write_text("\n".join([DISK, *lines]))
    return hierarchies(mounts)


def test_version_2_is_one_tree_for_all(root: Path) -> None:
    (root / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    assert found(root, V2.format(root=root)) == [Hierarchy(root, ())]


def test_version_1_is_a_tree_for_each_controller_and_beside_it_version_2_may_govern_nothing(root: Path) -> None:
    (root / "unified" / "cgroup.controllers").write_text("\n")
    trees = [
        V1.format(n=number, root=root, name=name) for number, name in enumerate(("cpu,cpuacct", "memory", "cpuset"))
    ]
    assert found(root, *trees, V2.format(root=root / "unified")) == [
        Hierarchy(root / "cpu,cpuacct", ("cpu", "cpuacct")),
        Hierarchy(root / "cpuset", ("cpuset",)),
    ]


def test_a_machine_may_have_none(root: Path) -> None:
    assert found(root) == []
