"""Each way to prove who one is."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud, in_project


def test_a_user_is_named_by_id_or_by_name_in_a_domain(cloud: SmallCloud):
    names = (
        {"id": cloud.user_id("alice")},
        {"name": "alice", "domain": {"id": "default"}},
        {"name": "alice", "domain": {"name": "Default"}},
    )
    for name in names:
        claims = {"methods": ["password"], "password": {"user": {**name, "password": "third"}}}
        assert cloud.ask(claims).code == 201


def test_a_token_buys_another_for_another_scope_until_the_same_end(cloud: SmallCloud):
    first = cloud.by_password("alice")
    cloud.clock.forward(60)
    second = cloud.by_token(first.headers["x-subject-token"], in_project("web"))
    assert second.code == 201
    old, new = first.body["token"], second.body["token"]
    assert new["project"]["name"] == "web"
    assert new["expires_at"] == old["expires_at"]
    assert new["issued_at"] > old["issued_at"]
    assert new["methods"] == ["password", "token"]
    assert new["audit_ids"][1] == old["audit_ids"][0] != new["audit_ids"][0]


def test_an_expired_token_buys_nothing(cloud: SmallCloud, alice: Asker):
    cloud.clock.forward(3601)
    assert cloud.by_token(alice.token).code == 404


def test_several_methods_must_mean_the_same_user(cloud: SmallCloud, alice: Asker):
    def both(name: str, password: str) -> int:
        user = {"name": name, "domain": {"id": "default"}, "password": password}
        claims = {"methods": ["password", "token"], "password": {"user": user}, "token": {"id": alice.token}}
        return cloud.ask(claims).code

    assert both("alice", "third") == 201
    assert both("oscar", "fifth") == 401
    assert both("alice", "wrong") == 401


def test_who_must_prove_itself_twice_cannot_do_it_once(cloud: SmallCloud, alice: Asker):
    rules: dict[str, Any] = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}
    cloud.member("admin")(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"options": rules}})
    assert cloud.by_password("alice").code == 401
    rules["multi_factor_auth_rules"].append(["password"])
    cloud.member("admin")(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"options": rules}})
    assert cloud.by_password("alice").code == 201


def test_a_nul_and_a_body_of_megabytes_are_refused(cloud: SmallCloud):
    assert cloud.by_password("ali\0ce", "third").code == 400
    assert cloud.by_password("alice", "x" * (1 << 20)).code == 413
    assert cloud.by_password("alice", "x" * 100_000).code == 401
    assert cloud.stranger("POST /auth/tokens", b"\xff{").code == 400
    assert cloud.stranger("POST /auth/tokens", b"[" * 100_000).code == 400
