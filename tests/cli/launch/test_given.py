"""Settings that `up` was given stay until others are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.cli.launch import given
from pileus.cli.settings import settings_of
from pileus.cli.state import State
from pileus.cli.words import HOPELESS, Trouble


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def test_options_go_over_the_file_and_hold_without_it(state: State, tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text("[image]\nenforce_format = false\n[api]\nport = 1\n")
    assert given.keep(state, file, {"api.port": 2, "api.listen": None})
    assert not given.keep(state, None, {"api.port": None})
    found = settings_of(state, None)
    assert (found.image.enforce_format, found.api.port, found.api.listen) == (False, 2, "127.0.0.1")
    assert given.kept(state, "api.port") == 2


def test_another_file_takes_the_place_of_all_that_was_given(state: State, tmp_path: Path) -> None:
    given.keep(state, None, {"api.port": 2})
    (tmp_path / "empty.toml").touch()
    assert given.keep(state, tmp_path / "empty.toml", {})
    assert settings_of(state, None).api.port == 8770


def test_a_draft_spoils_nothing_that_is_kept(state: State) -> None:
    given.keep(state, None, {"api.port": 2})
    draft = given.draft(state, None, {"api.port": 3})
    assert settings_of(state, draft).api.port == given.drafted(state, "api.port") == 3
    assert settings_of(state, None).api.port == 2
    assert given.take(state)
    assert state.settings.stat().st_mode & 0o777 == 0o600
    assert settings_of(state, None).api.port == 3


@pytest.mark.parametrize(
    "listen, told",
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "[2001:db8::1]"),
    ],
)
def test_callers_are_told_the_address_on_which_the_api_listens(state: State, listen: str, told: str) -> None:
    given.keep(state, None, {"api.listen": listen, "api.port": 1})
    assert settings_of(state, None).public_url == f"http://{told}:1"
    given.keep(state, None, {"api.public_url": "https://cloud.example/"})
    assert settings_of(state, None).public_url == "https://cloud.example"


@pytest.mark.parametrize("url", ["cloud.example", "ftp://cloud.example", "https://", "http://a/?b"])
def test_a_public_address_is_that_of_a_web_server(state: State, url: str) -> None:
    given.keep(state, None, {"api.public_url": url})
    with pytest.raises(Trouble, match="settings cannot be used"):
        settings_of(state, None)


@pytest.mark.parametrize("text", ["[image]\nnonsense = 1\n", "[nowhere]\n", "[api]\nport = 'a'\n"])
def test_what_is_unknown_or_wrong_is_refused_by_name(state: State, tmp_path: Path, text: str) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text(text)
    given.keep(state, file, {})
    with pytest.raises(Trouble, match="settings cannot be used") as refused:
        settings_of(state, None)
    assert refused.value.code == HOPELESS
    assert any(word in refused.value.cause for word in ("nonsense", "nowhere", "port"))


@pytest.mark.parametrize("text", [None, "not toml", "[api\n"])
def test_a_file_that_is_none_is_refused(state: State, tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "cloud.toml").write_text(text)
    with pytest.raises(Trouble):
        given.keep(state, tmp_path / "cloud.toml", {})


def test_the_judges_settings_are_settings(state: State, tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text(
        '[image]\nweb_download_allow = ["127.0.0.1"]\nenforce_format = true\n'
        "[identity]\nlockout_attempts = 2\nlockout_seconds = 5\n"
    )
    found = settings_of(state, file)
    assert (found.image.web_download_allow, found.identity.lockout_attempts) == (("127.0.0.1",), 2)
