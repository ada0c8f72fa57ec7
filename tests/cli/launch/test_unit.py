"""The systemd unit: written for this cloud, and taken away only if it is this cloud's."""

from __future__ import annotations

from pathlib import Path

from pileus.cli.launch import unit
from pileus.cli.state import State


def test_the_unit_names_the_state_directory_and_is_taken_away_by_its_own_cloud_only(tmp_path: Path) -> None:
    ours, others = State(tmp_path / "ours"), State(tmp_path / "others")
    told = unit.install(ours, tmp_path)
    text = (tmp_path / unit.NAME).read_text()
    assert unit.NAME in told
    assert f"PIDFile={ours.root}/run/supervisor.pid" in text
    assert f" up --state {ours.root} " in text
    assert not unit.remove(others, tmp_path)
    assert unit.remove(ours, tmp_path)
    assert not (tmp_path / unit.NAME).exists()
