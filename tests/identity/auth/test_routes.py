"""Tokens over the wire."""

from __future__ import annotations

from pileus.identity import authenticate
from tests.asking import Asker
from tests.identity.small_cloud import URL, SmallCloud, in_project


def test_a_password_buys_a_token_with_roles_and_catalogue(cloud: SmallCloud):
    heard = cloud.by_password("alice", scope=in_project("web"))
    assert heard.code == 201
    token = heard.body["token"]
    assert token["methods"] == ["password"]
    assert token["user"]["name"] == "alice"
    assert token["project"]["name"] == "web"
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
    swift = next(one for one in token["catalog"] if one["type"] == "object-store")
    assert {one["url"] for one in swift["endpoints"]} == {f"{URL}/object/v1/AUTH_{token['project']['id']}"}


def test_a_token_without_scope_has_no_roles_and_no_catalogue(cloud: SmallCloud):
    token = cloud.by_password("alice").body["token"]
    assert not {"project", "domain", "system", "roles", "catalog", "is_domain"} & set(token)


def test_the_catalogue_is_left_out_where_it_is_not_wanted(cloud: SmallCloud):
    user = {"name": "alice", "domain": {"name": "Default"}, "password": "third"}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": in_project("web")}
    issued = cloud.stranger("POST /auth/tokens?nocatalog", {"auth": auth})
    assert issued.code == 201
    assert "catalog" not in issued.body["token"]
    alice = Asker(cloud.front, "/identity/v3", issued.headers["x-subject-token"])
    assert "catalog" not in alice("GET /auth/tokens?nocatalog=1", headers=_about(alice)).body["token"]


def test_a_token_is_shown_to_its_owner_as_it_was_issued(cloud: SmallCloud):
    issued = cloud.by_password("alice", scope=in_project("web"))
    alice = Asker(cloud.front, "/identity/v3", issued.headers["x-subject-token"])
    shown = alice("GET /auth/tokens", headers=_about(alice))
    assert shown.code == 200
    assert shown.body == issued.body
    assert shown.headers["x-subject-token"] == alice.token
    assert shown.headers["vary"] == "X-Auth-Token"
    assert alice("HEAD /auth/tokens", headers=_about(alice)).code == 200


def test_a_token_is_shown_to_services_and_administrators_and_to_nobody_else(cloud: SmallCloud, alice: Asker):
    assert cloud.member("nova")("GET /auth/tokens", headers=_about(alice)).code == 200
    assert cloud.member("admin")("GET /auth/tokens", headers=_about(alice)).code == 200
    assert cloud.member("oscar")("GET /auth/tokens", headers=_about(alice)).code == 403
    assert cloud.stranger("GET /auth/tokens", headers=_about(alice)).code == 401


def test_what_is_no_token_cannot_be_found(cloud: SmallCloud):
    nova = cloud.member("nova")
    for text in ("", "nonsense", "gAAAAAB" + "x" * 180, "ä"):
        assert nova("GET /auth/tokens", headers={"x-subject-token": text}).code == 404


def test_a_revoked_token_is_good_nowhere(cloud: SmallCloud, alice: Asker):
    assert alice("GET /auth/projects").code == 200
    assert alice("DELETE /auth/tokens", headers=_about(alice)).code == 204
    assert alice("GET /auth/projects").code == 401
    assert cloud.by_token(alice.token).code == 404
    assert cloud.member("nova")("GET /auth/tokens", headers=_about(alice)).code == 404


def test_revoking_one_token_leaves_the_others(cloud: SmallCloud, alice: Asker):
    other = cloud.member("alice")
    assert cloud.member("admin")("DELETE /auth/tokens", headers=_about(alice)).code == 204
    assert other("GET /auth/projects").code == 200


def test_nobody_revokes_another_ones_token(cloud: SmallCloud, alice: Asker):
    assert cloud.member("oscar")("DELETE /auth/tokens", headers=_about(alice)).code == 403
    assert alice("GET /auth/projects").code == 200


def test_an_expired_token_is_good_only_beside_a_services_own(cloud: SmallCloud, alice: Asker):
    nova_before = cloud.member("nova")
    cloud.clock.forward(3601)
    assert alice("GET /auth/projects").code == 401
    beside = {"x-service-token": nova_before.token}
    assert alice("GET /auth/projects", headers=beside).code == 401, "a service's token must be good itself"
    nova = cloud.member("nova")
    assert alice("GET /auth/projects", headers={"x-service-token": nova.token}).code == 200
    assert nova("GET /auth/tokens", headers=_about(alice)).code == 404
    assert nova("GET /auth/tokens?allow_expired=1", headers=_about(alice)).code == 200
    cloud.clock.forward(172800)
    nova = cloud.member("nova")
    assert alice("GET /auth/projects", headers={"x-service-token": nova.token}).code == 401


def test_a_members_token_vouches_for_nothing(cloud: SmallCloud, alice: Asker):
    cloud.clock.forward(3601)
    oscar = cloud.member("oscar")
    assert alice("GET /auth/projects", headers={"x-service-token": oscar.token}).code == 401


def test_who_asks_is_told_where_it_may_act(cloud: SmallCloud, alice: Asker):
    assert [one["name"] for one in alice("GET /auth/projects").body["projects"]] == ["web"]
    assert alice("GET /auth/domains").body["domains"] == []
    assert alice("GET /auth/system").body["system"] == []
    assert cloud.member("admin")("GET /auth/system").body["system"] == [{"all": True}]
    assert {one["type"] for one in alice("GET /auth/catalog").body["catalog"]} == {"identity", "object-store"}


def test_every_service_learns_who_a_token_is(cloud: SmallCloud, alice: Asker):
    caller = authenticate(cloud.store, alice.token)
    assert (caller.user_name, caller.project_name, caller.user_domain_name) == ("alice", "web", "Default")
    assert caller.roles == {"member", "reader"}
    assert not caller.is_admin


def _about(subject: Asker) -> dict[str, str]:
    return {"x-subject-token": subject.token}
