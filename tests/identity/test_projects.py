"""Projects and their tags over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud


def _make(admin: Asker, name: str = "shop", **more: Any) -> dict[str, Any]:
    heard = admin("POST /projects", {"project": {"name": name, **more}})
    assert heard.code == 201, heard.content
    return dict(heard.body["project"])


def test_a_project_is_made_shown_changed_and_removed(admin: Asker):
    project = _make(admin, colour="green", tags=["b", "a"])
    assert project == {
        "id": project["id"],
        "name": "shop",
        "domain_id": "default",
        "parent_id": "default",
        "description": "",
        "enabled": True,
        "is_domain": False,
        "tags": ["a", "b"],
        "options": {},
        "colour": "green",
        "links": {"self": f"http://cloud.test/identity/v3/projects/{project['id']}"},
    }
    path = f"/projects/{project['id']}"
    assert admin(f"GET {path}").body["project"] == project
    assert project in admin("GET /projects").body["projects"]
    new = {"name": "store", "description": None, "enabled": False, "tags": ["c"]}
    assert admin(f"PATCH {path}", {"project": new}).body["project"] == {**project, **new}
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 65}, 400),
        ({"name": "web"}, 409),
        ({"name": "shop", "enabled": "maybe"}, 400),
        ({"name": "shop", "tags": ["a,b"]}, 400),
        ({"name": "shop", "tags": ["a", "a"]}, 400),
        ({"name": "shop", "tags": [str(number) for number in range(81)]}, 400),
        ({"name": "shop", "parent_id": "nowhere"}, 404),
        ({"name": "shop", "domain_id": "nowhere"}, 404),
        ({"name": "shop", "options": {"strange": True}}, 400),
    ],
)
def test_a_bad_project_is_refused(admin: Asker, body: dict[str, Any], code: int):
    assert admin("POST /projects", {"project": body}).code == code
    assert admin("GET /projects?name=shop").body["projects"] == []


def test_projects_stand_under_each_other(cloud: SmallCloud, admin: Asker, household: Household):
    top = _make(admin)
    under = _make(admin, "cellar", parent_id=top["id"])
    assert (under["parent_id"], under["domain_id"]) == (top["id"], "default")
    assert admin(f"GET /projects?parent_id={top['id']}").body["projects"] == [under]
    assert admin(f"DELETE /projects/{top['id']}").code == 403
    elsewhere = {"name": "x", "parent_id": top["id"], "domain_id": household.id}
    assert admin("POST /projects", {"project": elsewhere}).code == 400
    assert admin(f"PATCH /projects/{under['id']}", {"project": {"parent_id": "default"}}).code == 400


def test_a_branch_is_disabled_from_its_leaves_and_enabled_from_its_root(admin: Asker):
    top = _make(admin)
    under = _make(admin, "cellar", parent_id=top["id"])
    off, on = {"project": {"enabled": False}}, {"project": {"enabled": True}}
    assert admin(f"PATCH /projects/{top['id']}", off).code == 403
    assert admin(f"PATCH /projects/{under['id']}", off).code == 200
    assert admin(f"PATCH /projects/{top['id']}", off).code == 200
    assert admin(f"PATCH /projects/{under['id']}", on).code == 403
    assert admin("POST /projects", {"project": {"name": "x", "parent_id": top["id"]}}).code == 403
    assert admin(f"PATCH /projects/{top['id']}", on).code == 200
    assert admin(f"PATCH /projects/{under['id']}", on).code == 200


def test_a_tree_is_only_so_deep(admin: Asker):
    parent = "default"
    for level in range(5):
        parent = _make(admin, f"level-{level}", parent_id=parent)["id"]
    assert admin("POST /projects", {"project": {"name": "deeper", "parent_id": parent}}).code == 403


def test_an_immutable_project_stays_as_it_is(admin: Asker):
    project = _make(admin, options={"immutable": True})
    path = f"/projects/{project['id']}"
    assert admin(f"PATCH {path}", {"project": {"name": "other"}}).code == 403
    assert admin(f"DELETE {path}").code == 403
    assert admin(f"PATCH {path}", {"project": {"options": {"immutable": None}}}).code == 200
    assert admin(f"DELETE {path}").code == 204


def test_a_project_that_is_a_domain_is_one(admin: Asker):
    project = _make(admin, "realm", is_domain=True)
    assert project["is_domain"] is True
    assert (project["domain_id"], project["parent_id"]) == (None, None)
    assert admin(f"GET /domains/{project['id']}").body["domain"]["name"] == "realm"
    assert project["id"] in {one["id"] for one in admin("GET /projects?is_domain=true").body["projects"]}
    assert project["id"] not in {one["id"] for one in admin("GET /projects").body["projects"]}
    assert admin("POST /domains", {"domain": {"name": "realm"}}).code == 409


def test_a_projects_people_see_it_and_others_do_not(cloud: SmallCloud, alice: Asker):
    web = cloud.project_id("web")
    assert alice(f"GET /projects/{web}").code == 200
    assert cloud.member("rita")(f"GET /projects/{web}").code == 200
    assert cloud.member("oscar")(f"GET /projects/{web}").code == 403
    assert alice("GET /projects/nowhere").code == 403
    assert alice("GET /projects").code == 403
    assert alice("POST /projects", {"project": {"name": "mine"}}).code == 403
    assert alice(f"GET /users/{cloud.user_id('alice')}/projects").body["projects"][0]["name"] == "web"
    assert alice(f"GET /users/{cloud.user_id('oscar')}/projects").code == 403


def test_a_domains_people_manage_its_projects(cloud: SmallCloud, household: Household):
    reader, manager = household.asker("reader"), household.asker("manager")
    assert [one["id"] for one in reader("GET /projects").body["projects"]] == [household.project_id]
    assert reader(f"GET /projects/{household.project_id}").code == 200
    assert reader(f"GET /projects/{cloud.project_id('web')}").code == 403
    assert reader("POST /projects", {"project": {"name": "new"}}).code == 403
    made = manager("POST /projects", {"project": {"name": "new"}})
    assert made.body["project"]["domain_id"] == household.id
    assert manager("POST /projects", {"project": {"name": "new", "domain_id": "default"}}).code == 403
    assert manager(f"DELETE /projects/{made.body['project']['id']}").code == 204
    assert manager(f"DELETE /projects/{cloud.project_id('web')}").code == 403


def test_a_project_is_shown_with_what_is_over_and_under_it(cloud: SmallCloud, admin: Asker):
    top = _make(admin, "top")["id"]
    middle = _make(admin, "middle", parent_id=top)["id"]
    leaf = _make(admin, "leaf", parent_id=middle)["id"]

    def shown(query: str, project_id: str = middle) -> Any:
        return admin(f"GET /projects/{project_id}?{query}").body["project"]

    assert shown("parents_as_ids", leaf)["parents"] == {middle: {top: None}}
    assert shown("subtree_as_ids", top)["subtree"] == {middle: {leaf: None}}
    assert shown("parents_as_ids", top)["parents"] is None
    assert shown("parents_as_list&subtree_as_list")["parents"] == []
    for one in (top, leaf):
        admin(f"PUT /projects/{one}/users/{cloud.user_id('admin')}/roles/{cloud.role_id('reader')}")
    both = shown("parents_as_list&subtree_as_list")
    assert [one["project"]["name"] for one in both["parents"]] == ["top"]
    assert [one["project"]["name"] for one in both["subtree"]] == ["leaf"]
    assert set(both["parents"][0]["project"]) == set(shown("")), "the same fields as by itself"
    assert admin(f"GET /projects/{leaf}?parents_as_list&parents_as_ids").code == 400


# ── tags ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_tags_are_put_listed_and_taken_away(cloud: SmallCloud, admin: Asker):
    path = f"/projects/{cloud.project_id('web')}/tags"
    assert admin(f"PUT {path}", {"tags": ["b", "a"]}).body["tags"] == ["a", "b"]
    assert admin(f"PUT {path}/c").code == 201
    assert admin(f"PUT {path}/c").code == 201
    assert admin(f"GET {path}/c").code == 204
    assert admin(f"HEAD {path}/c").code == 204
    assert admin(f"GET {path}").body["tags"] == ["a", "b", "c"]
    assert admin(f"DELETE {path}/b").code == 204
    assert admin(f"DELETE {path}/b").code == 404
    assert admin(f"GET {path}/b").code == 404
    assert admin(f"PUT {path}/{'x' * 256}").code == 400
    assert admin(f"PUT {path}/with%2Cbar").code == 400
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").body["tags"] == []


def test_projects_are_found_by_their_tags(admin: Asker):
    for name, tags in (("p1", ["a"]), ("p2", ["a", "b"]), ("p3", ["b", "c"]), ("p4", [])):
        _make(admin, name, tags=tags)

    def found(query: str) -> set[str]:
        projects = admin(f"GET /projects?{query}").body["projects"]
        return {one["name"] for one in projects if one["name"].startswith("p")}

    assert found("tags=a,b") == {"p2"}
    assert found("tags-any=a,c") == {"p1", "p2", "p3"}
    assert found("not-tags=a,b") == {"p1", "p3", "p4"}
    assert found("not-tags-any=a,c") == {"p4"}
    assert found("tags=b&not-tags=c") == {"p2"}


def test_readers_see_tags_and_do_not_change_them(cloud: SmallCloud):
    rita, path = cloud.member("rita"), f"/projects/{cloud.project_id('web')}/tags"
    assert rita(f"GET {path}").code == 200
    assert rita(f"PUT {path}/x").code == 403
    assert rita(f"DELETE {path}").code == 403
