"""Groups and their members over the wire."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud


def test_a_group_is_made_shown_changed_and_removed(admin: Asker):
    group = admin("POST /groups", {"group": {"name": "crew", "floor": 3}}).body["group"]
    assert group == {
        "id": group["id"],
        "name": "crew",
        "domain_id": "default",
        "description": "",
        "floor": 3,
        "links": {"self": f"http://cloud.test/identity/v3/groups/{group['id']}"},
    }
    path = f"/groups/{group['id']}"
    assert admin(f"GET {path}").body["group"] == group
    assert admin("GET /groups?name=crew").body["groups"] == [group]
    assert admin(f"PATCH {path}", {"group": {"description": "all of us"}}).body["group"]["description"] == "all of us"
    assert admin("POST /groups", {"group": {"name": "crew"}}).code == 409
    assert admin("POST /groups", {"group": {"name": ""}}).code == 400
    assert admin("POST /groups", {"group": {"name": "x", "domain_id": "nowhere"}}).code == 404
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404


def test_users_come_and_go(cloud: SmallCloud, admin: Asker):
    group = admin("POST /groups", {"group": {"name": "crew"}}).body["group"]["id"]
    alice, rita = cloud.user_id("alice"), cloud.user_id("rita")
    path = f"/groups/{group}/users"
    for user_id in (alice, rita, alice):
        assert admin(f"PUT {path}/{user_id}").code == 204
    assert {one["id"] for one in admin(f"GET {path}").body["users"]} == {alice, rita}
    assert [one["id"] for one in admin(f"GET {path}?name=rita").body["users"]] == [rita]
    assert [one["id"] for one in admin(f"GET /users/{alice}/groups").body["groups"]] == [group]
    assert admin(f"HEAD {path}/{alice}").code == 204
    assert admin(f"DELETE {path}/{alice}").code == 204
    assert admin(f"DELETE {path}/{alice}").code == 404
    assert admin(f"HEAD {path}/{alice}").code == 404
    assert admin(f"PUT {path}/nobody").code == 404
    assert admin(f"PUT /groups/nowhere/users/{alice}").code == 404
    assert admin(f"DELETE /users/{rita}").code == 204
    assert admin(f"GET {path}").body["users"] == []


def test_everybody_sees_its_own_groups_only(cloud: SmallCloud, admin: Asker, alice: Asker):
    group = admin("POST /groups", {"group": {"name": "crew"}}).body["group"]["id"]
    assert alice(f"GET /users/{cloud.user_id('alice')}/groups").body["groups"] == []
    assert alice(f"GET /users/{cloud.user_id('rita')}/groups").code == 403
    assert alice(f"GET /groups/{group}").code == 403
    assert alice("GET /groups").code == 403
    assert alice(f"PUT /groups/{group}/users/{cloud.user_id('alice')}").code == 403


def test_a_domains_people_manage_its_groups(cloud: SmallCloud, household: Household):
    reader, manager = household.asker("reader"), household.asker("manager")
    group = manager("POST /groups", {"group": {"name": "crew", "domain_id": household.id}}).body["group"]
    assert manager("POST /groups", {"group": {"name": "crews"}}).code == 403, "it has to say which domain"
    assert [one["id"] for one in reader("GET /groups").body["groups"]] == [group["id"]]
    own, foreign = household.user_ids["member"], cloud.user_id("alice")
    assert manager(f"PUT /groups/{group['id']}/users/{own}").code == 204
    assert manager(f"PUT /groups/{group['id']}/users/{foreign}").code == 403
    assert reader(f"HEAD /groups/{group['id']}/users/{own}").code == 204
    assert reader(f"DELETE /groups/{group['id']}/users/{own}").code == 403
    assert manager(f"DELETE /groups/{group['id']}").code == 204
