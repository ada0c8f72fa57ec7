"""Domains over the wire."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud


def test_a_domain_is_made_shown_changed_and_removed(admin: Asker):
    domain = admin("POST /domains", {"domain": {"name": "house", "colour": "red"}}).body["domain"]
    assert domain == {
        "id": domain["id"],
        "name": "house",
        "description": "",
        "enabled": True,
        "tags": [],
        "options": {},
        "colour": "red",
        "links": {"self": f"http://cloud.test/identity/v3/domains/{domain['id']}"},
    }
    path = f"/domains/{domain['id']}"
    assert admin(f"GET {path}").body["domain"] == domain
    assert admin(f"DELETE {path}").code == 403, "a domain that is enabled is in use"
    changed = admin(f"PATCH {path}", {"domain": {"enabled": False, "description": "old"}}).body["domain"]
    assert changed == {**domain, "enabled": False, "description": "old"}
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404


def test_an_id_may_be_chosen_once(admin: Asker):
    chosen = {"name": "a", "explicit_domain_id": "f" * 32}
    assert admin("POST /domains", {"domain": chosen}).body["domain"]["id"] == "f" * 32
    assert admin("POST /domains", {"domain": {**chosen, "name": "b"}}).code == 409
    assert admin("POST /domains", {"domain": {"name": "a"}}).code == 409


def test_with_a_domain_goes_all_that_is_in_it(cloud: SmallCloud, admin: Asker, household: Household):
    group = admin("POST /groups", {"group": {"name": "g", "domain_id": household.id}}).body["group"]["id"]
    role = admin("POST /roles", {"role": {"name": "r", "domain_id": household.id}}).body["role"]["id"]
    under = {"name": "shed", "parent_id": household.project_id}
    shed = admin("POST /projects", {"project": under}).body["project"]["id"]
    admin(f"PATCH /domains/{household.id}", {"domain": {"enabled": False}})
    assert admin(f"DELETE /domains/{household.id}").code == 204
    gone = [f"/users/{one}" for one in household.user_ids.values()]
    for path in (*gone, f"/groups/{group}", f"/roles/{role}", f"/projects/{shed}", f"/projects/{household.project_id}"):
        assert admin(f"GET {path}").code == 404
    assert admin("GET /role_assignments?include_names").code == 200


def test_lists_go_by_name_and_by_whether_it_is_enabled(admin: Asker):
    admin("POST /domains", {"domain": {"name": "on"}})
    admin("POST /domains", {"domain": {"name": "off", "enabled": False}})

    def names(query: str) -> list[str]:
        return sorted(one["name"] for one in admin(f"GET /domains?{query}").body["domains"])

    assert names("enabled=true") == ["Default", "on"]
    assert names("enabled=False") == ["off"]
    assert names("name=on") == ["on"]
    assert admin("GET /domains?enabled=perhaps").code == 400


def test_a_domains_people_see_it_only(cloud: SmallCloud, household: Household, alice: Asker):
    reader = household.asker("reader")
    assert [one["id"] for one in reader("GET /domains").body["domains"]] == [household.id]
    assert reader(f"GET /domains/{household.id}").code == 200
    assert reader("GET /domains/default").code == 403
    assert alice("GET /domains/default").code == 200, "its own project is in it"
    assert alice(f"GET /domains/{household.id}").code == 403
    assert alice("GET /domains").code == 403


def test_whoever_administers_a_domain_does_not_administer_the_cloud(household: Household):
    admin = household.asker("admin")
    assert admin("POST /domains", {"domain": {"name": "more"}}).code == 403
    assert admin(f"PATCH /domains/{household.id}", {"domain": {"name": "mine"}}).code == 403
    assert admin("POST /roles", {"role": {"name": "more"}}).code == 403
    assert admin("POST /services", {"service": {"type": "more"}}).code == 403
    assert admin(f"PUT /system/users/{household.user_ids['admin']}/roles/x").code == 403
