"""Application credentials and access rules over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.application_credentials.table import allows
from pileus.identity.auth.issue import SUBJECT
from tests.asking import Asker, Heard
from tests.identity.small_cloud import ROOT, SmallCloud, in_project

RULE = {"service": "compute", "method": "GET", "path": "/v2.1/servers/*"}


class Maker:
    """Makes application credentials for somebody and logs in by them."""

    def __init__(self, cloud: SmallCloud, name: str = "alice") -> None:
        self.cloud, self.asker, self.name = cloud, cloud.member(name), name
        self.path = f"/users/{cloud.user_id(name)}/application_credentials"

    def make(self, name: str = "robot", **more: Any) -> Heard:
        return self.asker(f"POST {self.path}", {"application_credential": {"name": name, **more}})

    def log_in(self, made: Heard, *, scope: Any = None, **more: Any) -> Heard:
        row = made.body["application_credential"]
        claim = {"id": row["id"], "secret": row["secret"], **more}
        claims = {"methods": ["application_credential"], "application_credential": claim}
        return self.cloud.ask(claims, scope)

    def member(self, made: Heard) -> Asker:
        heard = self.log_in(made)
        assert heard.code == 201, heard.content
        return Asker(self.cloud.front, ROOT, heard.headers["x-subject-token"])


@pytest.fixture
def maker(cloud: SmallCloud) -> Maker:
    """Makes credentials for alice."""
    return Maker(cloud)


def test_a_credential_is_made_shown_and_removed(cloud: SmallCloud, maker: Maker):
    made = maker.make(description="for nights")
    assert made.code == 201
    row = dict(made.body["application_credential"])
    assert len(row.pop("secret")) >= 64
    roles = {role["name"] for role in row.pop("roles")}
    assert roles == {"member", "reader"}
    assert row == {
        "id": row["id"],
        "name": "robot",
        "description": "for nights",
        "expires_at": None,
        "unrestricted": False,
        "project_id": cloud.project_id("web"),
        "system": None,
        "user_id": cloud.user_id("alice"),
        "links": {"self": f"http://cloud.test{ROOT}{maker.path}/{row['id']}"},
    }
    shown = maker.asker(f"GET {maker.path}/{row['id']}").body["application_credential"]
    assert "secret" not in shown
    assert maker.asker(f"GET {maker.path}?name=robot").body["application_credentials"] == [shown]
    assert maker.asker(f"GET {maker.path}?name=other").body["application_credentials"] == []
    assert maker.make().code == 409
    assert maker.asker(f"DELETE {maker.path}/{row['id']}").code == 204
    assert maker.asker(f"GET {maker.path}/{row['id']}").code == 404
    assert maker.log_in(made).code == 404


def test_it_logs_in_for_its_project_by_id_or_by_name(cloud: SmallCloud, maker: Maker):
    made = maker.make(secret="swordfish")
    token = maker.log_in(made).body["token"]
    assert token["project"]["name"] == "web"
    assert token["methods"] == ["application_credential"]
    assert token["application_credential"]["restricted"] is True
    by_name = {"name": "robot", "secret": "swordfish", "user": {"name": "alice", "domain": {"id": "default"}}}
    claims = {"methods": ["application_credential"], "application_credential": by_name}
    assert cloud.ask(claims).code == 201
    assert cloud.ask(claims, {"project": {"id": cloud.project_id("web")}}).code == 201
    assert cloud.ask(claims, {"project": {"id": cloud.project_id("other")}}).code == 401
    assert cloud.ask(claims, {"system": {"all": True}}).code == 401
    assert maker.log_in(made, secret="wrong").code == 401
    assert maker.log_in(made, id="nobody").code == 404
    by_name["name"] = "nobody"
    assert cloud.ask(claims).code == 401


def test_it_has_the_roles_that_were_chosen_and_no_others(cloud: SmallCloud, maker: Maker):
    made = maker.make(roles=[{"name": "reader"}])
    assert [role["name"] for role in maker.log_in(made).body["token"]["roles"]] == ["reader"]
    assert maker.make("more", roles=[{"name": "admin"}]).code == 400
    assert maker.make("more", roles=[{"id": cloud.role_id("manager")}]).code == 400


def test_a_role_its_owner_loses_ends_it(cloud: SmallCloud, maker: Maker, admin: Asker):
    alice, web, other = cloud.user_id("alice"), cloud.project_id("web"), cloud.project_id("other")
    for project, role in ((web, "reader"), (other, "member")):
        admin(f"PUT /projects/{project}/users/{alice}/roles/{cloud.role_id(role)}")
    here, there = maker.make(), Maker(cloud)
    there.asker = Asker(cloud.front, ROOT, cloud.by_password("alice", scope=in_project("other")).headers[SUBJECT])
    elsewhere = there.make("elsewhere")
    robot = maker.member(here)
    assert robot("GET /auth/projects").code == 200
    admin(f"DELETE /projects/{web}/users/{alice}/roles/{cloud.role_id('reader')}")
    assert robot("GET /auth/projects").code == 401
    assert maker.log_in(here).code == 404
    assert [one["name"] for one in admin(f"GET {maker.path}").body["application_credentials"]] == ["elsewhere"]
    assert there.log_in(elsewhere).code == 201


def test_a_role_that_is_removed_takes_the_credentials_that_were_given_it(cloud: SmallCloud, maker: Maker, admin: Asker):
    alice, web = cloud.user_id("alice"), cloud.project_id("web")
    painter = admin("POST /roles", {"role": {"name": "painter"}}).body["role"]["id"]
    admin(f"PUT /projects/{web}/users/{alice}/roles/{painter}")
    maker.asker = Asker(cloud.front, ROOT, cloud.by_password("alice", scope=in_project("web")).headers[SUBJECT])
    both = maker.make("both", roles=[{"name": "painter"}, {"name": "member"}])
    maker.make("plain", roles=[{"name": "member"}])
    robot = maker.member(both)
    assert admin(f"DELETE /roles/{painter}").code == 204
    assert robot("GET /auth/projects").code == 401
    assert maker.log_in(both).code == 404
    assert [one["name"] for one in admin(f"GET {maker.path}").body["application_credentials"]] == ["plain"]


def test_an_owner_who_is_disabled_has_none_when_it_is_back(cloud: SmallCloud, maker: Maker, admin: Asker):
    made = maker.make()
    for enabled in (False, True):
        assert admin(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"enabled": enabled}}).code == 200
    assert maker.log_in(made).code == 404
    assert admin(f"GET {maker.path}").body["application_credentials"] == []


def test_it_ends_when_it_shall(cloud: SmallCloud, maker: Maker):
    made = maker.make(expires_at="2026-01-01T00:10:00Z")
    assert made.body["application_credential"]["expires_at"] == "2026-01-01T00:10:00.000000"
    robot = maker.member(made)
    cloud.clock.forward(600)
    assert robot("GET /auth/projects").code == 401
    assert maker.log_in(made).code == 401
    assert maker.make("late", expires_at="2025-01-01T00:00:00Z").code == 400
    assert maker.make("late", expires_at="soon").code == 400


def test_one_that_is_restricted_makes_no_others(cloud: SmallCloud, maker: Maker):
    robot = maker.member(maker.make())
    body = {"application_credential": {"name": "child"}}
    assert robot(f"POST {maker.path}", body).code == 403
    credential = {"user_id": cloud.user_id("alice"), "type": "cert", "blob": "x"}
    assert robot("POST /credentials", {"credential": credential}).code == 403
    free = maker.member(maker.make("free", unrestricted=True))
    assert free(f"POST {maker.path}", body).code == 201


def test_a_token_made_by_one_buys_no_other(cloud: SmallCloud, maker: Maker):
    robot = maker.member(maker.make())
    assert cloud.by_token(robot.token, {"project": {"id": cloud.project_id("web")}}).code == 403


def test_everybody_has_its_own_only(cloud: SmallCloud, maker: Maker):
    row = maker.make().body["application_credential"]
    oscar = cloud.member("oscar")
    assert oscar(f"GET {maker.path}").code == 403
    assert oscar(f"GET {maker.path}/{row['id']}").code == 403
    assert oscar(f"DELETE {maker.path}/{row['id']}").code == 403
    assert oscar(f"POST {maker.path}", {"application_credential": {"name": "x"}}).code == 403
    assert cloud.member("admin")(f"POST {maker.path}", {"application_credential": {"name": "x"}}).code == 403
    assert cloud.member("admin")(f"GET {maker.path}/{row['id']}").code == 200


# ── access rules ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_user_has_each_rule_once_and_keeps_it(maker: Maker):
    first = maker.make("a", access_rules=[RULE]).body["application_credential"]
    second = maker.make("b", access_rules=[RULE, {**RULE, "method": "POST"}]).body["application_credential"]
    assert first["access_rules"][0] == {"id": first["access_rules"][0]["id"], **RULE}
    assert first["access_rules"][0] in second["access_rules"]
    rules = f"/users/{first['user_id']}/access_rules"
    assert len(maker.asker(f"GET {rules}").body["access_rules"]) == 2
    assert len(maker.asker(f"GET {rules}?method=POST").body["access_rules"]) == 1
    rule_id = first["access_rules"][0]["id"]
    assert maker.asker(f"GET {rules}/{rule_id}").body["access_rule"]["path"] == RULE["path"]
    assert maker.asker(f"DELETE {rules}/{rule_id}").code == 403, "it is in use"
    third = maker.make("c", access_rules=[{"id": rule_id}])
    assert third.code == 201
    for row in (first, second, third.body["application_credential"]):
        maker.asker(f"DELETE {maker.path}/{row['id']}")
    assert maker.asker(f"DELETE {rules}/{rule_id}").code == 204
    assert maker.asker(f"GET {rules}/{rule_id}").code == 404
    assert maker.make("d", access_rules=[{"id": rule_id}]).code == 404


@pytest.mark.parametrize(
    "rule",
    [{"service": "compute"}, {**RULE, "method": "FETCH"}, {**RULE, "path": "servers"}, {**RULE, "more": 1}, {}, "all"],
)
def test_a_bad_rule_is_refused(maker: Maker, rule: Any):
    assert maker.make(access_rules=[rule]).code == 400


def test_a_token_is_good_for_what_the_rules_say(cloud: SmallCloud, maker: Maker):
    rule = {"service": "identity", "method": "GET", "path": "/v3/auth/*"}
    robot = maker.member(maker.make(access_rules=[rule]))
    assert robot("GET /auth/projects").code == 200
    assert robot("GET /auth/projects?name=web").code == 200
    assert robot(f"GET /users/{cloud.user_id('alice')}").code == 401
    assert robot("DELETE /auth/tokens", headers={"x-subject-token": robot.token}).code == 401


def test_a_token_with_rules_is_shown_to_services_that_mind_them(cloud: SmallCloud, maker: Maker):
    robot = maker.member(maker.make(access_rules=[{"service": "compute", "method": "GET", "path": "/v2.1/servers"}]))
    nova = cloud.member("nova")

    def heard(**headers: str) -> int:
        return nova("GET /auth/tokens", headers={"x-subject-token": robot.token, **headers}).code

    assert heard() == 404
    assert heard(**{"openstack-identity-access-rules": "1.0"}) == 200
    assert heard(**{"openstack-identity-access-rules": "0.9"}) == 404
    assert heard(**{"openstack-identity-access-rules": "all of them"}) == 404


def test_patterns_stand_for_segments():
    def may(pattern: str, path: str) -> bool:
        return allows([{"service": "s", "method": "GET", "path": pattern}], ["s"], "GET", path)

    assert may("/v2/servers/*", "/v2/servers/1")
    assert not may("/v2/servers/*", "/v2/servers/1/ips")
    assert not may("/v2/servers/*", "/v2/servers/")
    assert may("/v2/servers/{id}/ips", "/v2/servers/1/ips")
    assert may("/v2/**", "/v2/servers/1/ips")
    assert not may("/v2/**", "/v3/servers")
    assert not may("/v2/a.b", "/v2/aXb")
    assert not may("/v2/x", "/v2/x\n")
    assert allows([], ["s"], "GET", "/")
    assert not allows([{"service": "s", "method": "GET", "path": "/"}], ["t"], "GET", "/")
    assert not allows([{"service": "s", "method": "GET", "path": "/"}], ["s"], "POST", "/")


def test_no_role_named_is_every_role_of_the_token(cloud: SmallCloud, alice: Asker):
    bodies: list[dict[str, list[str]]] = [{}, {"roles": []}]
    for number, given in enumerate(bodies):
        body = {"application_credential": {"name": str(number), **given}}
        made = alice(f"POST /users/{cloud.user_id('alice')}/application_credentials", body)
        names = {role["name"] for role in made.body["application_credential"]["roles"]}
        assert names == {"member", "reader"}
