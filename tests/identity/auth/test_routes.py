"""Tokens over the wire."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.conftest import Cloud


def test_a_password_buys_a_token_with_roles_and_catalogue(cloud: Cloud):
    heard = cloud.log_in("alice", "third", scope="web")
    assert heard.code == 201
    token = heard.body["token"]
    assert token["methods"] == ["password"]
    assert token["user"]["name"] == "alice"
    assert token["project"]["name"] == "web"
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
    project_id = token["project"]["id"]
    swift = next(one for one in token["catalog"] if one["type"] == "object-store")
    assert {one["url"] for one in swift["endpoints"]} == {f"http://cloud.test/object/v1/AUTH_{project_id}"}


def test_a_token_is_shown_to_its_owner_as_it_was_issued(cloud: Cloud):
    issued = cloud.log_in("alice", "third", scope="web")
    text = issued.headers["x-subject-token"]
    alice = Asker(cloud.front, "/identity/v3", text)
    shown = alice("GET /auth/tokens", headers={"x-subject-token": text})
    assert shown.code == 200
    assert shown.body == issued.body
    assert alice("HEAD /auth/tokens", headers={"x-subject-token": text}).code == 200


def test_a_revoked_token_is_good_nowhere(cloud: Cloud, alice: Asker):
    assert alice("GET /auth/projects").code == 200
    assert alice("DELETE /auth/tokens", headers={"x-subject-token": alice.token}).code == 204
    assert alice("GET /auth/projects").code == 401
