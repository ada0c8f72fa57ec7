"""What every cloud begins with."""

from __future__ import annotations

from pileus import identity
from pileus.identity import Offer, Person, Seed
from tests.identity.small_cloud import OFFERS, PEOPLE, URL, SmallCloud


def test_to_begin_again_changes_nothing(either: SmallCloud):
    admin = either.member("admin")
    paths = ("/users", "/projects", "/roles", "/role_assignments", "/services", "/endpoints", "/regions", "/domains")
    before = [admin(f"GET {path}").body for path in paths]
    either.store.write(identity.seed, Seed(PEOPLE, OFFERS))
    assert [admin(f"GET {path}").body for path in paths] == before


def test_a_changed_password_stays_changed(cloud: SmallCloud):
    change = {"user": {"original_password": "third", "password": "new"}}
    cloud.stranger(f"POST /users/{cloud.user_id('alice')}/password", change)
    cloud.store.write(identity.seed, Seed(PEOPLE, OFFERS))
    assert cloud.by_password("alice", "new").code == 201


def test_addresses_follow_the_cloud(cloud: SmallCloud):
    cloud.store.write(identity.seed, Seed([], [Offer("identity", "keystone", "/elsewhere")]))
    catalog = cloud.member("alice")("GET /auth/catalog").body["catalog"]
    urls = {one["url"] for entry in catalog if entry["type"] == "identity" for one in entry["endpoints"]}
    assert urls == {f"{URL}/elsewhere"}


def test_people_can_be_added_later(cloud: SmallCloud):
    user_id, project_id = cloud.store.write(identity.settle, Person("kim", "seventh", "lab", ["member"]))
    token = cloud.by_password("kim", "seventh", {"project": {"id": project_id}}).body["token"]
    assert token["user"]["id"] == user_id
    assert cloud.store.write(identity.settle, Person("kim", "other", "lab", ["member"])) == (user_id, project_id)
    assert cloud.by_password("kim", "seventh").code == 201


def test_a_password_is_not_told_with_the_person():
    assert "seventh" not in repr(Person("kim", "seventh", "lab", []))
