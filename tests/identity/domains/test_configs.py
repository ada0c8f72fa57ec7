"""Domain configurations over the wire."""

from __future__ import annotations

import pytest

from pileus.identity.domains.configs import domain_configs
from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud

CONFIG = {"identity": {"driver": "ldap"}, "ldap": {"url": "ldap://x", "user_tree_dn": "ou=Users"}}


def test_a_configuration_is_set_shown_changed_and_removed(admin: Asker, household: Household):
    path = f"/domains/{household.id}/config"
    assert admin(f"GET {path}").code == 404
    made = admin(f"PUT {path}", {"config": CONFIG})
    assert (made.code, made.body["config"]) == (201, CONFIG)
    assert admin(f"GET {path}").body["config"] == CONFIG
    assert admin(f"GET {path}/ldap").body["config"] == {"ldap": CONFIG["ldap"]}
    assert admin(f"GET {path}/ldap/url").body["config"] == {"url": "ldap://x"}
    changed = admin(f"PATCH {path}/ldap/url", {"config": {"url": "ldap://y"}}).body["config"]
    assert changed["ldap"] == {"url": "ldap://y", "user_tree_dn": "ou=Users"}
    changed = admin(f"PATCH {path}/identity", {"config": {"identity": {"list_limit": 5}}}).body["config"]
    assert changed["identity"] == {"driver": "ldap", "list_limit": 5}
    changed = admin(f"PATCH {path}", {"config": {"identity": {"driver": "sql"}}}).body["config"]
    assert changed["identity"]["driver"] == "sql"
    assert admin(f"DELETE {path}/ldap/url").code == 204
    assert admin(f"GET {path}/ldap/url").code == 404
    assert admin(f"DELETE {path}/ldap").code == 204
    assert admin(f"GET {path}/ldap").code == 404
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404
    assert admin(f"DELETE {path}").code == 404


def test_a_stored_password_is_sealed_and_never_shown(cloud: SmallCloud, admin: Asker, household: Household):
    path = f"/domains/{household.id}/config"
    made = admin(f"PUT {path}", {"config": {"ldap": {"url": "ldap://x", "password": "hunter2"}}})
    assert b"hunter2" not in made.content + admin(f"GET {path}").content
    assert admin(f"GET {path}/ldap/password").code == 404
    (row,) = cloud.store.read(lambda tx: tx.all(domain_configs.select()))
    assert "hunter2" not in str(dict(row))


@pytest.mark.parametrize("config", [{"other": {"a": 1}}, {"ldap": {"no_such_option": 1}}, {"ldap": "all"}])
def test_what_no_domain_may_set_is_refused(admin: Asker, household: Household, config: dict[str, object]):
    assert admin(f"PUT /domains/{household.id}/config", {"config": config}).code == 403


def test_a_change_must_be_about_what_the_path_names(admin: Asker, household: Household):
    path = f"/domains/{household.id}/config"
    admin(f"PUT {path}", {"config": CONFIG})
    assert admin(f"PATCH {path}/ldap", {"config": {"identity": {"driver": "sql"}}}).code == 403
    assert admin(f"PATCH {path}/ldap/url", {"config": {"user_tree_dn": "x"}}).code == 403
    assert admin(f"PATCH {path}/other", {"config": {"other": {}}}).code in (403, 404)


def test_defaults_are_told_whole_by_group_and_by_option(admin: Asker, alice: Asker):
    whole = admin("GET /domains/config/default").body["config"]
    assert set(whole) == {"identity", "ldap"}
    assert admin("GET /domains/config/ldap/default").body["config"] == {"ldap": whole["ldap"]}
    for option, value in whole["ldap"].items():
        assert admin(f"GET /domains/config/ldap/{option}/default").body["config"] == {option: value}
    assert admin("GET /domains/config/other/default").code == 404
    assert alice("GET /domains/config/default").code == 403


def test_everybody_may_ask_what_passwords_must_be_like(cloud: SmallCloud, alice: Asker, household: Household):
    path = f"/domains/{household.id}/config/security_compliance"
    nothing = {"password_regex": None, "password_regex_description": None}
    assert alice(f"GET {path}").body["config"] == {"security_compliance": nothing}
    strict = cloud.other_process(password_regex=r"^\S{9,}$", password_regex_description="nine characters")
    alice.front = strict.front
    assert alice(f"GET {path}/password_regex").body["config"] == {"password_regex": r"^\S{9,}$"}
    assert alice(f"GET {path}/other").code == 404
    change = {"user": {"original_password": "third", "password": "short"}}
    assert strict.stranger(f"POST /users/{cloud.user_id('alice')}/password", change).code == 400
    strict.close()
