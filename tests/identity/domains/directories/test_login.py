"""Somebody logs in with the password of a directory."""

from __future__ import annotations

import pytest

from pileus.identity.domains.directories.directory import REST
from pileus.identity.domains.directories.login import doorway
from tests.asking import Asker
from tests.identity.domains.directories.conftest import Acme
from tests.identity.domains.directories.slapd import Slapd
from tests.identity.small_cloud import SmallCloud


def test_who_was_never_seen_is_known_by_its_login(acme: Acme):
    ann = acme.log_in("ann")
    assert isinstance(ann, Asker)
    users = acme.users()
    assert set(users) == {"ann"}
    assert [one["name"] for one in acme.admin(f"GET /users/{users['ann']}/groups").body["groups"]] == ["staff"]


def test_by_name_and_domain_name_or_by_id(acme: Acme):
    named = {"name": "ann", "domain": {"name": "acme"}, "password": "ann's"}
    assert acme.cloud.ask({"methods": ["password"], "password": {"user": named}}).code == 201
    by_id = {"id": acme.users()["ann"], "password": "ann's"}
    assert acme.cloud.ask({"methods": ["password"], "password": {"user": by_id}}).code == 201
    wrong = {**by_id, "password": "x"}
    assert acme.cloud.ask({"methods": ["password"], "password": {"user": wrong}}).code == 401


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("ann", ""), ("nobody", "x"), ("", "")])
def test_a_refusal_says_nothing(acme: Acme, name: str, password: str):
    heard = acme.cloud.by_password(name, password, domain=acme.id)
    plain = acme.cloud.by_password("alice", "wrong")
    assert (heard.code, heard.body) == (plain.code, plain.body)
    assert acme.users() == {}


def test_who_is_disabled_there_does_not_get_in(acme: Acme):
    acme.fake.put_person("1", "ann", "ann's", enabled=False)
    assert acme.log_in("ann") == 401


def test_a_directory_that_is_away_lets_nobody_in(acme: Acme):
    acme.fake.directory.is_down = True
    assert acme.log_in("ann") == 503
    acme.fake.directory.is_down = False
    assert acme.log_in("ann") == 503, "it is left alone for a moment"
    acme.cloud.clock.forward(REST.total_seconds())
    assert isinstance(acme.log_in("ann"), Asker)


def test_wrong_passwords_are_counted_as_elsewhere(acme: Acme):
    strict = acme.cloud.other_process(lockout_attempts=2)
    strict.store.add(*[part for part in acme.cloud.store.parts.values() if type(part).__name__ == "Directories"])
    acme.log_in("ann")
    for _ in range(2):
        assert strict.by_password("ann", "wrong", domain=acme.id).code == 401
    assert strict.by_password("ann", "ann's", domain=acme.id).code == 401
    strict.close()


def test_switching_the_store_switches_who_gets_in(acme: Acme):
    ann = acme.log_in("ann")
    assert isinstance(ann, Asker)
    assert acme.admin(f"DELETE {acme.config}").code == 204
    assert ann("GET /auth/projects").code == 401
    assert acme.log_in("ann") == 401
    acme.admin(f"PATCH /users/{acme.users()['ann']}", {"user": {"password": "own"}})
    assert isinstance(acme.log_in("ann", "own"), Asker)
    acme.admin(f"PUT {acme.config}", {"config": {"identity": {"driver": "ldap"}}})
    assert acme.log_in("ann", "own") == 401
    assert isinstance(acme.log_in("ann"), Asker)


def test_the_whole_way_with_a_real_directory(cloud: SmallCloud, slapd: Slapd):
    slapd.put_person("a1", "ann", "ann's", email="ann@acme.test")
    admin = cloud.member("admin")
    domain_id = admin("POST /domains", {"domain": {"name": "acme"}}).body["domain"]["id"]
    options = slapd.options
    config = {"identity": {"driver": "ldap"}, "ldap": options}
    made = admin(f"PUT /domains/{domain_id}/config", {"config": config})
    assert made.code == 201, made.content
    assert options["password"].encode() not in made.content
    heard = cloud.by_password("ann", "ann's", domain=domain_id)
    assert heard.code == 201, heard.content
    assert cloud.by_password("ann", "wrong", domain=domain_id).code == 401
    (user,) = admin("GET /users", domain_id=domain_id).body["users"]
    assert (user["name"], user["email"]) == ("ann", "ann@acme.test")


def test_other_domains_have_no_door(acme: Acme):
    from pileus.identity.auth.shape import DomainName, UserName

    store = acme.cloud.store
    assert store.read(doorway, UserName(name="alice", domain=DomainName(id="default"))) is None
    assert store.read(doorway, UserName(name="ann", domain=DomainName(name="none"))) is None
    assert store.read(doorway, UserName()) is None
    assert store.read(doorway, UserName(name="ann", domain=DomainName(id=acme.id))) is not None
