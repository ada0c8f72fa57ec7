"""Keys on disk: private, several, changed while in use."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

from pileus.identity.auth.keys import TokenKeys, promote, rotate
from tests.identity.small_cloud import SmallCloud


def test_keys_are_made_once_and_are_nobody_elses_to_read(tmp_path: Path):
    keys = TokenKeys(tmp_path / "keys")
    files = sorted((tmp_path / "keys").iterdir())
    assert [path.name for path in files] == ["0", "1"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert TokenKeys(tmp_path / "keys").open(keys.seal(b"said", 0)) == b"said"


def test_two_processes_that_start_at_once_agree(tmp_path: Path):
    made: list[TokenKeys] = []
    starts = [threading.Thread(target=lambda: made.append(TokenKeys(tmp_path / "keys"))) for _ in range(8)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(made) == 8
    assert all(one.open(other.seal(b"said", 0)) == b"said" for one in made for other in made)


def test_what_was_changed_does_not_open(tmp_path: Path):
    keys = TokenKeys(tmp_path)
    sealed = keys.seal(b"said", 0)
    for at in range(0, len(sealed), 7):
        other = "A" if sealed[at] != "A" else "B"
        assert keys.open(sealed[:at] + other + sealed[at + 1 :]) is None
    assert keys.open(sealed[:-4]) is None
    assert keys.open("") is None


def test_a_new_key_seals_and_older_ones_still_open(tmp_path: Path):
    keys = TokenKeys(tmp_path)
    sealed = [keys.seal(b"first", 0)]
    for turn in (b"second", b"third"):
        rotate(tmp_path)
        sealed.append(keys.seal(turn, 0))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "2", "3"]
    assert [keys.open(one) for one in sealed] == [None, b"second", b"third"]


def test_the_next_key_is_known_before_it_is_used(tmp_path: Path):
    ahead, behind = TokenKeys(tmp_path), TokenKeys(tmp_path)
    before = dict.fromkeys(path.name for path in tmp_path.iterdir())
    staged = (tmp_path / "0").read_bytes()
    rotate(tmp_path)
    assert (tmp_path / "2").read_bytes() == staged
    assert "2" not in before
    assert behind.open(ahead.seal(b"said", 0)) == b"said"


def test_a_rotation_that_died_half_way_is_finished_by_the_next(tmp_path: Path):
    keys = TokenKeys(tmp_path)
    sealed = keys.seal(b"said", 0)
    (tmp_path / "0").rename(tmp_path / "2")
    assert keys.open(sealed) == b"said"
    rotate(tmp_path)
    assert keys.open(keys.seal(b"again", 0)) == b"again"
    assert (tmp_path / "0").exists()


def test_a_promoted_key_drops_none(tmp_path: Path):
    keys = TokenKeys(tmp_path)
    sealed = keys.seal(b"said", 0)
    for _ in range(6):
        promote(tmp_path)
    assert keys.open(sealed) == b"said"


def test_clients_keep_working_while_keys_change(cloud: SmallCloud):
    other = cloud.other_process()
    alice = cloud.member("alice")
    for _ in range(2):
        rotate(cloud.directory / "keys" / "tokens")
        newer = other.member("alice")
        alice.front = other.front
        assert alice("GET /auth/projects").code == 200
        alice.front = cloud.front
        assert alice("GET /auth/projects").code == 200
        newer.front = cloud.front
        assert newer("GET /auth/projects").code == 200
    other.close()
