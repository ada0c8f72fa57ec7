"""What a token may be for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud, in_project


def test_a_project_is_named_by_id_or_by_name_in_a_domain(cloud: SmallCloud):
    names: list[dict[str, Any]] = [
        {"id": cloud.project_id("web")},
        {"name": "web", "domain": {"id": "default"}},
        {"name": "web", "domain": {"name": "Default"}},
    ]
    for name in names:
        assert cloud.by_password("alice", scope={"project": name}).body["token"]["project"]["name"] == "web"


def test_the_system_is_for_those_with_a_role_in_it(cloud: SmallCloud):
    token = cloud.by_password("admin", scope={"system": {"all": True}}).body["token"]
    assert token["system"] == {"all": True}
    assert "project" not in token
    assert {role["name"] for role in token["roles"]} == {"admin", "manager", "member", "reader"}
    assert cloud.by_password("alice", scope={"system": {"all": True}}).code == 401


def test_a_domain_is_for_those_with_a_role_in_it(cloud: SmallCloud, household: Household):
    scope = {"domain": {"name": "house"}}
    token = cloud.by_password("its-reader", "secret", scope, household.id).body["token"]
    assert token["domain"] == {"id": household.id, "name": "house"}
    assert {role["name"] for role in token["roles"]} == {"reader"}
    assert cloud.by_password("alice", scope=scope).code == 401
    assert cloud.by_password("its-admin", "secret", {"project": {"id": household.project_id}}, household.id).code == 401


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (in_project("other"), 401),
        (in_project("nowhere"), 401),
        ({"project": {"id": "nope"}}, 401),
        ({"domain": {"id": "nope"}}, 401),
        ({"domain": {}}, 400),
        ({"project": {"name": "web"}}, 400),
        ({"project": {}}, 400),
        ({"system": {}}, 400),
        ({"system": {"all": False}}, 400),
        ({}, 400),
        ({"project": {"id": "x"}, "system": {"all": True}}, 400),
        ("everything", 400),
        ({"OS-TRUST:trust": {"id": "nope"}}, 401),
    ],
)
def test_what_is_not_ones_own_or_not_understood_is_refused(cloud: SmallCloud, scope: Any, code: int):
    assert cloud.by_password("alice", scope=scope).code == code


def test_the_default_project_is_taken_where_no_scope_is_asked_for(cloud: SmallCloud, admin: Asker):
    path, web = f"PATCH /users/{cloud.user_id('alice')}", cloud.project_id("web")
    assert admin(path, {"user": {"default_project_id": web}}).code == 200
    assert cloud.by_password("alice").body["token"]["project"]["id"] == web
    assert "project" not in cloud.by_password("alice", scope="unscoped").body["token"]
    assert "project" not in cloud.by_token(cloud.member("alice").token).body["token"]
    for other in (cloud.project_id("other"), "gone"):
        assert admin(path, {"user": {"default_project_id": other}}).code == 200
        assert "project" not in cloud.by_password("alice").body["token"]
    assert admin(path, {"user": {"default_project_id": "default"}}).code == 400
