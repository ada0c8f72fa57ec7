"""Wrong passwords lock a user out, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pileus.kernel.clock import HeldClock
from tests.identity.small_cloud import SmallCloud


@pytest.fixture
def strict(tmp_path: Path, clock: HeldClock, database_url: str) -> Iterator[SmallCloud]:
    """A cloud that locks out after two wrong passwords for five seconds."""
    made = SmallCloud(tmp_path, clock, database_url, lockout_attempts=2, lockout_seconds=5)
    yield made
    made.close()


def test_the_right_password_does_not_help_who_is_locked_out(strict: SmallCloud):
    for _ in range(2):
        assert strict.by_password("alice", "wrong").code == 401
    locked = strict.by_password("alice")
    assert locked.code == 401
    assert locked.body == strict.by_password("alice", "wrong").body == strict.by_password("nobody", "x").body
    strict.clock.forward(5)
    assert strict.by_password("alice").code == 201


def test_others_are_not_locked_out(strict: SmallCloud):
    for _ in range(3):
        strict.by_password("alice", "wrong")
    assert strict.by_password("rita").code == 201


def test_a_right_password_forgives_the_wrong_ones_before(strict: SmallCloud):
    for _ in range(4):
        assert strict.by_password("alice", "wrong").code == 401
        assert strict.by_password("alice").code == 201


def test_wrong_passwords_count_by_name_and_by_id_alike(strict: SmallCloud):
    by_id = {"id": strict.user_id("alice"), "password": "wrong"}
    assert strict.ask({"methods": ["password"], "password": {"user": by_id}}).code == 401
    assert strict.by_password("alice", "wrong").code == 401
    assert strict.by_password("alice").code == 401


def test_knocking_at_a_locked_door_does_not_keep_it_locked(strict: SmallCloud):
    for _ in range(6):
        strict.by_password("alice", "wrong")
        strict.clock.forward(1)
    assert strict.by_password("alice").code == 201


def test_every_process_knows_who_is_locked_out(strict: SmallCloud):
    other = strict.other_process(lockout_attempts=2, lockout_seconds=5)
    strict.by_password("alice", "wrong")
    other.by_password("alice", "wrong")
    assert strict.by_password("alice").code == other.by_password("alice").code == 401
    other.close()


def test_guesses_made_at_once_are_all_counted(strict: SmallCloud):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: strict.by_password("alice", "wrong").code, range(16)))
    assert set(answers) == {401}
    assert strict.by_password("alice").code == 401


def test_a_wrong_original_password_counts_too(strict: SmallCloud):
    change = {"user": {"original_password": "wrong", "password": "new"}}
    path = f"POST /users/{strict.user_id('alice')}/password"
    for _ in range(2):
        assert strict.stranger(path, change).code == 401
    assert strict.by_password("alice").code == 401


def test_who_is_excepted_is_never_locked_out(strict: SmallCloud):
    option = {"user": {"options": {"ignore_lockout_failure_attempts": True}}}
    assert strict.member("admin")(f"PATCH /users/{strict.user_id('alice')}", option).code == 200
    for _ in range(4):
        assert strict.by_password("alice", "wrong").code == 401
    assert strict.by_password("alice").code == 201


def test_without_the_setting_nobody_is_locked_out(cloud: SmallCloud):
    for _ in range(5):
        assert cloud.by_password("alice", "wrong").code == 401
    assert cloud.by_password("alice").code == 201
