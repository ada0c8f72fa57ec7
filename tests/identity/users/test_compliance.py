"""Passwords that end, that have to stay, that the first use changes; and users who do not come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.identity.small_cloud import SmallCloud

DAY = 86400
Process = Callable[..., SmallCloud]


@pytest.fixture
def with_settings(cloud: SmallCloud) -> Iterator[Process]:
    """The same cloud with other settings."""
    made: list[SmallCloud] = []

    def open_(**settings: Any) -> SmallCloud:
        made.append(cloud.other_process(**settings))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def _make(cloud: SmallCloud, **more: Any) -> str:
    user = {"name": "sam", "password": "first", **more}
    return str(cloud.member("admin")("POST /users", {"user": user}).body["user"]["id"])


def _shown(cloud: SmallCloud, user_id: str) -> Any:
    return cloud.member("admin")(f"GET /users/{user_id}").body["user"]


def _change(cloud: SmallCloud, user_id: str, old: str, new: str) -> int:
    change = {"user": {"original_password": old, "password": new}}
    return cloud.stranger(f"POST /users/{user_id}/password", change).code


def test_a_password_ends_after_its_days_and_is_changed_with_itself(with_settings: Process):
    cloud = with_settings(password_expires_days=30)
    user_id = _make(cloud)
    assert _shown(cloud, user_id)["password_expires_at"] == "2026-01-31T00:00:00.000000Z"
    heard = cloud.by_password("sam", "first")
    assert heard.body["token"]["user"]["password_expires_at"] == "2026-01-31T00:00:00.000000Z"
    cloud.clock.forward(30 * DAY)
    refused = cloud.by_password("sam", "first")
    assert refused.code == 401
    assert refused.body["error"]["message"] == (f"The password is expired and needs to be changed for user: {user_id}.")
    assert cloud.by_password("sam", "wrong").body["error"]["message"] != refused.body["error"]["message"]
    assert _change(cloud, user_id, "first", "second") == 204
    assert cloud.by_password("sam", "second").code == 201


def test_some_passwords_never_end(with_settings: Process):
    cloud = with_settings(password_expires_days=30)
    user_id = _make(cloud, options={"ignore_password_expiry": True})
    assert _shown(cloud, user_id)["password_expires_at"] is None
    other = _make(cloud, name="other")
    cloud.clock.forward(31 * DAY)
    assert cloud.by_password("sam", "first").code == 201
    assert cloud.by_password("other", "first").code == 401
    options = {"user": {"options": {"ignore_password_expiry": True}}}
    assert cloud.member("admin")(f"PATCH /users/{other}", options).code == 200
    assert cloud.by_password("other", "first").code == 201


def test_a_password_that_a_user_chose_has_to_stay(with_settings: Process):
    cloud = with_settings(password_least_days=1)
    user_id = _make(cloud)
    assert _change(cloud, user_id, "first", "second") == 204, "an administrator had set it"
    assert _change(cloud, user_id, "second", "third") == 400
    assert cloud.member("admin")(f"PATCH /users/{user_id}", {"user": {"password": "reset"}}).code == 200
    assert _change(cloud, user_id, "reset", "third") == 204
    cloud.clock.forward(DAY)
    assert _change(cloud, user_id, "third", "fourth") == 204


def test_the_first_use_changes_what_an_administrator_set(with_settings: Process):
    cloud = with_settings(password_first_use=True)
    user_id = _make(cloud)
    assert cloud.by_password("sam", "first").code == 401
    assert _change(cloud, user_id, "first", "second") == 204
    assert cloud.by_password("sam", "second").code == 201
    assert cloud.member("admin")(f"PATCH /users/{user_id}", {"user": {"password": "reset"}}).code == 200
    assert cloud.by_password("sam", "reset").code == 401
    _make(cloud, name="program", options={"ignore_change_password_upon_first_use": True})
    assert cloud.by_password("program", "first").code == 201


def test_a_user_who_does_not_come_counts_as_disabled(with_settings: Process):
    cloud = with_settings(inactive_days=90)
    user_id = _make(cloud)
    lasting = {"user": {"options": {"ignore_user_inactivity": True}}}
    assert cloud.member("admin")(f"PATCH /users/{cloud.user_id('admin')}", lasting).code == 200
    _make(cloud, name="program", options={"ignore_user_inactivity": True})
    for _ in range(3):
        cloud.clock.forward(60 * DAY)
        assert cloud.by_password("sam", "first").code == 201
    cloud.clock.forward(90 * DAY)
    assert cloud.by_password("sam", "first").code == 401
    assert cloud.by_password("program", "first").code == 201
    assert _shown(cloud, user_id)["enabled"] is False
    assert cloud.member("admin")(f"PATCH /users/{user_id}", {"user": {"enabled": True}}).code == 200
    assert _shown(cloud, user_id)["enabled"] is True
    assert cloud.by_password("sam", "first").code == 201


def test_an_application_credential_of_who_does_not_come_is_good_no_longer(with_settings: Process):
    cloud = with_settings(inactive_days=90)
    assert cloud.member("admin")(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"enabled": True}}).code == 200
    path = f"/users/{cloud.user_id('alice')}/application_credentials"
    made = cloud.member("alice")(f"POST {path}", {"application_credential": {"name": "program"}}).body
    claim = {name: made["application_credential"][name] for name in ("id", "secret")}
    asked = {"methods": ["application_credential"], "application_credential": claim}
    assert cloud.ask(asked).code == 201
    cloud.clock.forward(91 * DAY)
    assert cloud.ask(asked).code == 401


def test_users_are_found_by_when_their_passwords_end(with_settings: Process):
    cloud = with_settings(password_expires_days=30)
    user_id = _make(cloud)
    admin = cloud.member("admin")

    def found(*words: str) -> set[str]:
        query = "&".join(f"password_expires_at={word}" for word in words)
        return {one["id"] for one in admin(f"GET /users?{query}").body["users"]}

    at = "2026-01-31T00:00:00Z"
    for word in ("lte", "gte", "eq"):
        assert found(f"{word}:{at}") == {user_id}
    for word in ("lt", "gt", "neq"):
        assert found(f"{word}:{at}") == set()
    assert found("gt:2026-01-01T00:00:00Z", "lt:2026-02-01T00:00:00Z") == {user_id}
    for wrong in ("lt", "over:2026-01-31T00:00:00Z", "lt:soon", ""):
        assert admin(f"GET /users?password_expires_at={wrong}").code == 400


def test_a_lock_without_end_ends_when_the_user_is_enabled(with_settings: Process):
    cloud = with_settings(lockout_attempts=2, lockout_seconds=0)
    user_id = _make(cloud)
    for _ in range(2):
        assert cloud.by_password("sam", "wrong").code == 401
    cloud.clock.forward(400 * DAY)
    assert cloud.by_password("sam", "first").code == 401
    assert cloud.member("admin")(f"PATCH /users/{user_id}", {"user": {"enabled": True}}).code == 200
    assert cloud.by_password("sam", "first").code == 201
