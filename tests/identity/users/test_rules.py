"""Users over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.kernel.history import history
from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud


def _make(admin: Asker, **more: Any) -> dict[str, Any]:
    heard = admin("POST /users", {"user": {"name": "sam", **more}})
    assert heard.code == 201, heard.content
    return dict(heard.body["user"])


def test_a_user_is_made_shown_changed_and_removed(admin: Asker):
    user = _make(admin, email="sam@example.org", description="new here", password="secret")
    assert user == {
        "id": user["id"],
        "name": "sam",
        "domain_id": "default",
        "enabled": True,
        "email": "sam@example.org",
        "description": "new here",
        "options": {},
        "password_expires_at": None,
        "links": {"self": f"http://cloud.test/identity/v3/users/{user['id']}"},
    }
    assert len(user["id"]) == 32
    assert admin(f"GET /users/{user['id']}").body["user"] == user
    changed = admin(f"PATCH /users/{user['id']}", {"user": {"name": "samuel", "email": None, "team": 7}}).body["user"]
    assert changed == {**user, "name": "samuel", "email": None, "team": 7}
    assert admin(f"DELETE /users/{user['id']}").code == 204
    assert admin(f"GET /users/{user['id']}").code == 404


def test_a_password_and_its_hash_are_never_shown(cloud: SmallCloud, admin: Asker):
    user = _make(admin, password="hunter2")
    answers = [admin(f"GET /users/{user['id']}"), admin("GET /users"), admin("GET /users?sort_key=password_hash")]
    assert all(b"hunter2" not in one.content and b"argon2" not in one.content for one in answers)
    assert answers[2].code == 400
    told = cloud.store.read(lambda tx: [dict(row) for row in tx.all(history.select())])
    assert "argon2" not in str(told)
    assert "hunter2" not in str(told)
    assert any("(hidden)" in str(row["after"]) for row in told)


def test_names_are_unique_in_a_domain_only(admin: Asker, household: Household):
    _make(admin)
    assert admin("POST /users", {"user": {"name": "sam"}}).code == 409
    assert _make(admin, domain_id=household.id)["domain_id"] == household.id
    other = _make(admin, name="tom")
    assert admin(f"PATCH /users/{other['id']}", {"user": {"name": "sam"}}).code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 256},
        {"name": 7},
        {"name": "sam", "enabled": "perhaps"},
        {"name": "sam", "password": 7},
        {"name": "sam", "description": 7},
        {"name": "sam", "options": {"unknown": True}},
        {"name": "sam", "options": {"lock_password": "yes"}},
        {"name": "sam", "domain_id": "no such/form"},
        {"name": "sam", "default_project_id": "default"},
        {"name": "s\0m"},
    ],
)
def test_a_bad_user_is_refused(admin: Asker, body: dict[str, Any]):
    assert admin("POST /users", {"user": body}).code == 400
    assert admin("GET /users?name=sam").body["users"] == []


def test_an_unknown_domain_cannot_be_found(admin: Asker):
    assert admin("POST /users", {"user": {"name": "sam", "domain_id": "nowhere"}}).code == 404


def test_a_user_stays_in_its_domain(admin: Asker, household: Household):
    user = _make(admin)
    assert admin(f"PATCH /users/{user['id']}", {"user": {"domain_id": household.id}}).code == 400
    assert admin(f"PATCH /users/{user['id']}", {"user": {"domain_id": "default"}}).code == 200


def test_everybody_sees_itself_and_nobody_else(cloud: SmallCloud, alice: Asker):
    assert alice(f"GET /users/{cloud.user_id('alice')}").code == 200
    assert alice(f"GET /users/{cloud.user_id('oscar')}").code == 403
    assert alice("GET /users/nobody").code == 403
    assert alice("GET /users").code == 403


def test_a_user_without_a_password_cannot_log_in_by_one(cloud: SmallCloud, admin: Asker):
    _make(admin)
    assert cloud.by_password("sam", "").code == 401
    user_id = cloud.user_id("alice")
    assert admin(f"PATCH /users/{user_id}", {"user": {"password": None}}).code == 200
    assert cloud.by_password("alice").code == 401


def test_a_domains_people_see_and_manage_their_own(cloud: SmallCloud, household: Household):
    reader, manager, admin = (household.asker(role) for role in ("reader", "manager", "admin"))
    for asker in (reader, manager, admin):
        assert {one["domain_id"] for one in asker("GET /users").body["users"]} == {household.id}
        assert asker("GET /users?domain_id=default").body["users"] == []
    made = {"user": {"name": "new", "domain_id": household.id}}
    assert reader("POST /users", made).code == 403
    new = manager("POST /users", made)
    assert new.code == 201
    assert manager("POST /users", {"user": {"name": "new", "domain_id": "default"}}).code == 403
    assert manager("POST /users", {"user": {"name": "mine"}}).code == 403, "it has to say which domain"
    assert admin("POST /users", {"user": {"name": "mine"}}).body["user"]["domain_id"] == household.id
    assert manager(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"enabled": False}}).code == 403
    assert reader(f"GET /users/{new.body['user']['id']}").code == 200
    assert manager(f"DELETE /users/{new.body['user']['id']}").code == 204


def test_options_are_set_and_taken_back(cloud: SmallCloud, admin: Asker):
    path = f"PATCH /users/{cloud.user_id('alice')}"
    for given, kept in ((True, {"lock_password": True}), (None, {})):
        assert admin(path, {"user": {"options": {"lock_password": given}}}).body["user"]["options"] == kept
