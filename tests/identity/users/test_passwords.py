"""Passwords that users change themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pileus.kernel.clock import HeldClock
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


def _change(cloud: SmallCloud, name: str, old: str, new: str) -> int:
    change = {"user": {"original_password": old, "password": new}}
    return cloud.stranger(f"POST /users/{cloud.user_id(name)}/password", change).code


def test_a_user_changes_its_own_password(cloud: SmallCloud, alice: Asker):
    assert _change(cloud, "alice", "wrong", "new") == 401
    assert (
        cloud.stranger("POST /users/nobody/password", {"user": {"original_password": "x", "password": "y"}}).code == 401
    )
    assert _change(cloud, "alice", "third", "new") == 204
    assert alice("GET /auth/projects").code == 401
    assert cloud.by_password("alice", "third").code == 401
    assert cloud.by_password("alice", "new").code == 201


def test_a_password_locked_by_the_operator_stays(cloud: SmallCloud, admin: Asker):
    admin(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"options": {"lock_password": True}}})
    assert _change(cloud, "alice", "third", "new") == 400
    assert cloud.by_password("alice").code == 201


def test_the_latest_passwords_may_not_come_back(cloud: SmallCloud, admin: Asker, clock: HeldClock):
    strict = cloud.other_process(password_history=3)
    for old, new, code in (
        ("third", "third", 400),
        ("third", "b", 204),
        ("b", "third", 400),
        ("b", "c", 204),
        ("c", "third", 400),
        ("c", "d", 204),
        ("d", "third", 204),
    ):
        assert _change(strict, "alice", old, new) == code, (old, new)
    assert admin(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"password": "third"}}).code == 200
    strict.close()


def test_of_two_changes_at_once_one_counts(cloud: SmallCloud):
    with ThreadPoolExecutor(4) as threads:
        codes = list(threads.map(lambda new: _change(cloud, "alice", "third", new), "abcd"))
    assert sorted(codes) == [204, 401, 401, 401]
