"""What a machine is found to be."""

from __future__ import annotations

from pathlib import Path

from pileus.compute.host.libvirt.ground import control_groups


def test_control_groups_of_version_2_are_known_by_their_root(tmp_path: Path) -> None:
    (tmp_path / "unified").mkdir()
    (tmp_path / "unified" / "cgroup.controllers").touch()
    assert control_groups(tmp_path) == 1, "version 1 with version 2 beside it"
    assert control_groups(tmp_path / "unified") == 2
