"""Somebody arrives: with a token of a provider that runs beside the cloud."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.federation.arrival import attributes_of
from tests.identity.federation.federated import RULES, Federate, Federation
from tests.identity.federation.openid_provider import OTHER_PROGRAM
from tests.identity.small_cloud import in_project


@pytest.mark.parametrize("way", ["introspection", "jwt", "userinfo"])
def test_an_access_token_becomes_a_token_here(federate: Federate, way: str):
    federation = federate(access_tokens=way)
    federation.provider.signs_access_tokens = way == "jwt"
    for method in ("GET", "POST"):
        heard = federation.arrive(federation.provider.token_for("ann"), method)
        assert heard.code == 201, heard.content
    token = heard.body["token"]
    assert token["methods"] == ["mapped"]
    assert token["user"]["name"] == "ann"
    assert token["user"]["domain"]["id"] == federation.domain_id
    assert token["user"]["OS-FEDERATION"] == {
        "identity_provider": {"id": "acme"},
        "protocol": {"id": "openid"},
        "groups": [{"id": federation.group_id}],
    }
    assert "project" not in token
    users = federation.admin("GET /users", domain_id=federation.domain_id).body["users"]
    assert [(one["name"], one["email"]) for one in users] == [("ann", "ann@acme.test")]


def test_a_federated_token_is_good_for_what_its_groups_may(federation: Federation):
    ann = federation.come()
    for path in ("/auth/projects", "/OS-FEDERATION/projects"):
        assert [one["name"] for one in ann(f"GET {path}").body["projects"]] == ["web"]
    assert ann("GET /OS-FEDERATION/domains").body["domains"] == []
    scoped = federation.cloud.by_token(ann.token, in_project("web"))
    assert scoped.code == 201
    assert {role["name"] for role in scoped.body["token"]["roles"]} == {"member", "reader"}
    assert scoped.body["token"]["user"]["OS-FEDERATION"]["identity_provider"] == {"id": "acme"}
    assert federation.cloud.by_token(ann.token, in_project("other")).code == 401


@pytest.mark.parametrize("way", ["introspection", "jwt"])
def test_a_token_that_another_program_was_given_is_refused(federate: Federate, way: str):
    for audiences, code in (((), 401), ((OTHER_PROGRAM,), 201)):
        federation = federate(access_tokens=way, audiences=audiences)
        federation.provider.signs_access_tokens = way == "jwt"
        assert federation.arrive(federation.provider.token_for("ann", OTHER_PROGRAM)).code == code


@pytest.mark.parametrize("way", ["introspection", "jwt", "userinfo"])
def test_what_is_no_token_of_the_provider_is_refused(federate: Federate, way: str):
    federation = federate(access_tokens=way)
    for text in ("", "nonsense", "a.b.c", "e" * 5000):
        assert federation.arrive(text).code == 401


def test_without_a_bearer_token_nobody_is_asked_anything(federation: Federation):
    place = "/OS-FEDERATION/identity_providers/acme/protocols/openid/auth"
    assert federation.cloud.stranger(f"GET {place}").code == 401
    assert federation.cloud.stranger(f"GET {place}", headers={"authorization": "Basic YTpi"}).code == 401
    assert federation.provider.asked == []
    elsewhere = place.replace("openid", "other")
    assert federation.cloud.stranger(f"GET {elsewhere}", headers={"authorization": "Bearer x"}).code == 404


@pytest.mark.parametrize(
    ("thing", "change"),
    [
        ("identity_providers/acme", {"identity_provider": {"enabled": False}}),
        ("identity_providers/acme", {"identity_provider": {"remote_ids": ["other"]}}),
        ("mappings/people", {"mapping": {"rules": [{"remote": [{"type": "none"}], "local": []}]}}),
        ("mappings/people", None),
        ("identity_providers/acme/protocols/openid", None),
    ],
)
def test_nobody_is_received_when_something_is_missing(federation: Federation, thing: str, change: Any):
    assert federation.admin(f"{'PATCH' if change else 'DELETE'} /OS-FEDERATION/{thing}", change).code in (200, 204)
    assert federation.arrive(federation.provider.token_for("ann")).code == 401


@pytest.mark.parametrize("thing", ["identity_providers/acme", "identity_providers/acme/protocols/openid"])
def test_tokens_end_with_the_provider_and_the_protocol(federation: Federation, thing: str):
    ann = federation.come()
    federation.admin(f"DELETE /OS-FEDERATION/{thing}")
    assert ann("GET /auth/projects").code == 401


def test_tokens_rest_while_the_provider_is_disabled(federation: Federation):
    ann = federation.come()
    for enabled, code in ((False, 401), (True, 200)):
        body = {"identity_provider": {"enabled": enabled}}
        federation.admin("PATCH /OS-FEDERATION/identity_providers/acme", body)
        assert ann("GET /auth/projects").code == code


def test_who_comes_again_is_the_same_user_with_what_is_said_now(federation: Federation):
    first = federation.come()("GET /auth/projects")
    federation.provider.people["ann"] |= {"email": "new@acme.test", "groups": []}
    again = federation.come()
    assert len(first.body["projects"]) == 1
    assert again("GET /auth/projects").body["projects"] == []
    (user,) = federation.admin("GET /users", domain_id=federation.domain_id).body["users"]
    assert user["email"] == "new@acme.test"


def test_a_name_that_is_somebody_elses_is_a_conflict(federation: Federation):
    other = {"name": "ann", "domain_id": federation.domain_id}
    federation.admin("POST /users", {"user": other})
    assert federation.arrive(federation.provider.token_for("ann")).code == 409


def test_a_rule_may_name_a_user_that_is_here(federation: Federation):
    person = {"name": "{0}", "type": "local", "domain": {"name": "Default"}}
    federation.map([{"remote": [{"type": "OIDC-sub"}], "local": [{"user": person}]}])
    heard = federation.arrive(federation.provider.token_for("alice"))
    assert heard.body["token"]["user"]["id"] == federation.cloud.user_id("alice")
    assert "OS-FEDERATION" not in heard.body["token"]["user"]
    assert federation.arrive(federation.provider.token_for("nobody")).code == 401


def test_projects_are_made_with_the_roles_a_rule_names(federation: Federation):
    roles = [{"name": "member"}]
    local = [{"user": {"name": "{0}"}}, {"projects": [{"name": "room of {0}", "roles": roles}]}]
    federation.map([{**RULES[0], "local": local}])
    for _ in range(2):
        ann = federation.come()
        (found,) = ann("GET /auth/projects").body["projects"]
        assert (found["name"], found["domain_id"]) == ("room of ann", federation.domain_id)
    roles[0]["name"] = "no such role"
    federation.map([{**RULES[0], "local": local}])
    assert federation.arrive(federation.provider.token_for("ann")).code == 401


def test_from_version_two_on_a_rule_may_name_the_domain_of_all_it_makes(federation: Federation):
    project = {"name": "room", "roles": [{"name": "member"}]}
    local = [{"user": {"name": "{0}"}}, {"projects": [project]}, {"domain": {"id": "default"}}]
    federation.map([{"remote": [{"type": "OIDC-sub"}], "local": local}], "2.0")
    ann = federation.come()
    assert ann("GET /auth/projects").body["projects"][0]["domain_id"] == "default"
    assert federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]["domain"]["id"] == "default"


def test_who_is_not_named_by_a_rule_is_called_what_the_provider_calls_it(federation: Federation):
    federation.map([RULES[1]])
    assert federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]["name"] == "ann"


def test_claims_are_known_by_both_names_and_one_with_semicolons_is_one():
    found = attributes_of({"sub": "x", "groups": ["a", "b"], "name": "a;b", "email_verified": True, "deep": {"x": 1}})
    assert found == {
        "OIDC-sub": ["x"],
        "HTTP_OIDC_SUB": ["x"],
        "OIDC-groups": ["a", "b"],
        "HTTP_OIDC_GROUPS": ["a", "b"],
        "OIDC-name": ["a;b"],
        "HTTP_OIDC_NAME": ["a;b"],
        "OIDC-email_verified": ["true"],
        "HTTP_OIDC_EMAIL_VERIFIED": ["true"],
        "REMOTE_USER": ["x"],
    }
