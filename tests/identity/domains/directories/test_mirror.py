"""The mirror follows its directory, and stays still when that does."""

from __future__ import annotations

from pileus.identity.domains.directories.mirror import MIRROR, mirror_all, public_id
from pileus.kernel.history import history
from tests.asking import Asker
from tests.identity.domains.directories.conftest import Acme
from tests.identity.small_cloud import in_project


def lines(acme: Acme) -> int:
    return len(acme.cloud.store.read(lambda tx: tx.all(history.select())))


def test_people_and_groups_are_as_everybodys(acme: Acme):
    mirror_all(acme.cloud.store)
    users = acme.users()
    assert set(users) == {"ann", "bob"}
    assert users["ann"] == public_id(acme.id, "user", "1")
    shown = acme.admin(f"GET /users/{users['ann']}").body["user"]
    assert (shown["email"], shown["enabled"], shown["domain_id"]) == ("ann@acme.test", True, acme.id)
    staff = acme.groups()["staff"]
    assert acme.admin(f"GET /groups/{staff}").body["group"]["description"] == "who works here"
    assert [one["name"] for one in acme.admin(f"GET /groups/{staff}/users").body["users"]] == ["ann"]


def test_at_rest_nothing_is_written(acme: Acme):
    mirror_all(acme.cloud.store)
    before = lines(acme)
    mirror_all(acme.cloud.store)
    assert lines(acme) == before


def test_what_changes_there_changes_here(acme: Acme):
    mirror_all(acme.cloud.store)
    acme.fake.put_person("1", "anna", "ann's")
    acme.fake.put_person("2", "bob", "bob's", enabled=False)
    acme.fake.put_person("3", "cat", "cat's")
    acme.fake.put_team("staff", ["2", "3"])
    before = acme.users()["ann"]
    mirror_all(acme.cloud.store)
    users = acme.users()
    assert set(users) == {"anna", "bob", "cat"}
    assert users["anna"] == before
    members = acme.admin(f"GET /groups/{acme.groups()['staff']}/users").body["users"]
    assert {one["name"]: one["enabled"] for one in members} == {"bob": False, "cat": True}
    acme.fake.take_person("3")
    acme.fake.take_team("staff")
    mirror_all(acme.cloud.store)
    assert set(acme.users()) == {"anna", "bob"}
    assert acme.groups() == {}


def test_who_is_disabled_or_removed_there_is_out_with_the_next_look(acme: Acme):
    for remove in (False, True):
        acme.fake.put_person("1", "ann", "ann's")
        mirror_all(acme.cloud.store)
        ann = acme.log_in("ann")
        assert isinstance(ann, Asker)
        assert ann("GET /auth/projects").code == 200
        if remove:
            acme.fake.take_person("1")
        else:
            acme.fake.put_person("1", "ann", "ann's", enabled=False)
        acme.cloud.store.read(lambda tx: None)
        mirror_all(acme.cloud.store)
        assert ann("GET /auth/projects").code == 401


def test_roles_are_had_by_groups_of_the_directory(acme: Acme):
    mirror_all(acme.cloud.store)
    place = f"/projects/{acme.cloud.project_id('web')}/groups/{acme.groups()['staff']}"
    assert acme.admin(f"PUT {place}/roles/{acme.cloud.role_id('reader')}").code == 204
    ann = acme.log_in("ann")
    assert isinstance(ann, Asker)
    scoped = acme.cloud.by_token(ann.token, in_project("web"))
    assert [one["name"] for one in scoped.body["token"]["roles"]] == ["reader"]
    acme.fake.put_team("staff", [])
    mirror_all(acme.cloud.store)
    assert acme.cloud.by_token(ann.token, in_project("web")).code == 401


def test_a_directory_that_is_away_changes_nothing(acme: Acme):
    mirror_all(acme.cloud.store)
    acme.fake.directory.is_down = True
    mirror_all(acme.cloud.store)
    assert set(acme.users()) == {"ann", "bob"}


def test_a_name_that_is_somebody_elses_here_is_passed_over(acme: Acme):
    acme.admin(f"DELETE {acme.config}")
    made = acme.admin("POST /users", {"user": {"name": "ann", "domain_id": acme.id, "password": "own"}})
    acme.admin(f"PUT {acme.config}", {"config": {"identity": {"driver": "ldap"}}})
    mirror_all(acme.cloud.store)
    assert acme.users()["ann"] == made.body["user"]["id"]
    assert acme.log_in("ann") == 401
    assert acme.log_in("ann", "own") == 401
    assert MIRROR.every <= 60


def test_nobody_writes_to_a_directory_from_here(acme: Acme):
    mirror_all(acme.cloud.store)
    user, group = acme.users()["bob"], acme.groups()["staff"]
    for line, body in (
        ("POST /users", {"user": {"name": "x", "domain_id": acme.id}}),
        (f"PATCH /users/{user}", {"user": {"enabled": False}}),
        (f"DELETE /users/{user}", None),
        (f"POST /users/{user}/password", {"user": {"password": "x", "original_password": "bob's"}}),
        ("POST /groups", {"group": {"name": "x", "domain_id": acme.id}}),
        (f"PATCH /groups/{group}", {"group": {"name": "x"}}),
        (f"DELETE /groups/{group}", None),
        (f"PUT /groups/{group}/users/{user}", None),
        (f"DELETE /groups/{group}/users/{user}", None),
    ):
        assert acme.admin(line, body).code == 403, line
    assert set(acme.users()) == {"ann", "bob"}
