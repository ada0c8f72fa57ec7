"""The systemd unit: written for this cloud, and taken away only if it is this cloud's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pileus.cli.launch import unit
from pileus.cli.state import State
from pileus.cli.words import Trouble


def test_the_unit_names_the_state_directory_and_is_taken_away_by_its_own_cloud_only(tmp_path: Path) -> None:
    ours, others = State(tmp_path / "ours"), State(tmp_path / "others")
    told = unit.install(ours, tmp_path)
    text = (tmp_path / unit.NAME).read_text()
    assert unit.NAME in told
    assert f"PIDFile={ours.root}/run/supervisor.pid" in text
    assert f' up --state "{ours.root}" ' in text
    assert not unit.remove(others, tmp_path)
    assert unit.remove(ours, tmp_path)
    assert not (tmp_path / unit.NAME).exists()


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit.install(State(tmp_path / "100%-ours"), tmp_path)
    words = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.NAME)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["with space", 'quo"te', "back\\slash"])
def test_a_directory_that_a_unit_cannot_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Trouble, match="cannot name"):
        unit.install(State(tmp_path / name), tmp_path)
    assert not (tmp_path / unit.NAME).exists()
