"""Our clouds in clouds.yaml: beside other people's, whose text stays as it was to the letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pileus.cli.launch.clouds_file import merge, remove, write_clouds
from pileus.cli.state import State, write
from pileus.cli.words import Trouble

OWNER = Path("/srv/cloud")
OURS: dict[str, Any] = {"pileus": {"auth": {"auth_url": "http://h/identity/v3", "username": 'it\'s "me"'}}}
THEIRS = """\
# my clouds
clouds:
    # the one at work
    work:
        auth: {auth_url: https://work/v3}   # keep this

ansible: {use_hostnames: true}
"""


def clouds_in(file: Path) -> Any:
    return yaml.safe_load(file.read_text())["clouds"]


@pytest.mark.parametrize(
    "before",
    ["", "clouds:\n", "clouds: {}\n", "# nothing yet\n", THEIRS, "clouds:\n  work: {}\n", "clouds:\n\n a: {}\n"],
)
def test_our_clouds_come_in_and_go_out_without_a_trace(tmp_path: Path, before: str) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text(before)
    assert merge(file, OWNER, OURS, 0o644) == []
    assert clouds_in(file) == {**((yaml.safe_load(before) or {}).get("clouds") or {}), **OURS}
    remove(tmp_path, OWNER)
    left = file.read_text() if file.exists() else ""
    assert (yaml.safe_load(left) or {}).get("clouds") or ((yaml.safe_load(before) or {}).get("clouds") or {}) == {}
    assert before != THEIRS or left == THEIRS


def test_merging_again_replaces_what_we_wrote_and_keeps_a_copy(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text(THEIRS)
    merge(file, OWNER, OURS, 0o644)
    assert (tmp_path / "clouds.yaml.kept").read_text() == THEIRS
    moved = {"pileus": {"auth": {"auth_url": "http://elsewhere/identity/v3"}}}
    merge(file, OWNER, moved, 0o644)
    assert clouds_in(file) == {**moved, "work": {"auth": {"auth_url": "https://work/v3"}}}
    assert file.read_text().count("# pileus: begun") == 1


def test_a_cloud_of_that_name_from_elsewhere_stays(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text("clouds:\n  pileus:\n    auth: {auth_url: 'https://theirs'}\n")
    assert merge(file, OWNER, OURS, 0o644) == ["pileus"]
    assert clouds_in(file) == {"pileus": {"auth": {"auth_url": "https://theirs"}}}


def test_two_clouds_of_ours_do_not_meet(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    merge(file, OWNER, {"one": {"region_name": "a"}}, 0o644)
    merge(file, Path("/srv/cloud-2"), {"two": {"region_name": "b"}}, 0o644)
    remove(tmp_path, OWNER)
    assert clouds_in(file) == {"two": {"region_name": "b"}}


@pytest.mark.parametrize("before", ["clouds: [1]\n", "clouds: {a: {}}\n", "{", "clouds: *nobody\n"])
def test_a_file_that_cannot_be_added_to_is_left_alone(tmp_path: Path, before: str) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text(before)
    with pytest.raises(Trouble):
        merge(file, OWNER, OURS, 0o644)
    assert file.read_text() == before


def test_passwords_lie_in_a_file_for_their_owner_alone(tmp_path: Path) -> None:
    state = State(tmp_path / "cloud")
    state.prepare()
    write(state.root / "run" / "url", "http://127.0.0.1:1")
    assert write_clouds(state, tmp_path / "home") == []
    public, secret = tmp_path / "home" / "clouds.yaml", tmp_path / "home" / "secure.yaml"
    assert clouds_in(public)["pileus"]["auth"]["auth_url"] == "http://127.0.0.1:1/identity/v3"
    assert "password:" not in public.read_text()
    assert clouds_in(secret)["pileus-admin"]["auth"] == {"password": state.secret("admin")}
    assert secret.stat().st_mode & 0o777 == 0o600
