"""Role assignments: granted, inherited, implied, listed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud


def _group(admin: Asker, *user_ids: str) -> str:
    group = str(admin("POST /groups", {"group": {"name": "crew"}}).body["group"]["id"])
    for user_id in user_ids:
        assert admin(f"PUT /groups/{group}/users/{user_id}").code == 204
    return group


def _listed(asker: Asker, query: str = "") -> list[dict[str, Any]]:
    heard = asker(f"GET /role_assignments?{query}")
    assert heard.code == 200, heard.content
    return list(heard.body["role_assignments"])


def _project(admin: Asker, name: str, parent_id: str = "default") -> str:
    project = {"name": name, "parent_id": parent_id}
    return str(admin("POST /projects", {"project": project}).body["project"]["id"])


# ── grants ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("actor", ["user", "group"])
@pytest.mark.parametrize("scope", ["project", "domain", "system", "heirs of project", "heirs of domain"])
def test_a_role_is_granted_checked_listed_and_taken_back(cloud: SmallCloud, admin: Asker, actor: str, scope: str):
    who = cloud.user_id("oscar") if actor == "user" else _group(admin)
    place = {"project": f"/projects/{cloud.project_id('web')}", "domain": "/domains/default", "system": "/system"}
    inherits = scope.startswith("heirs of ")
    before, after = ("/OS-INHERIT", "/inherited_to_projects") if inherits else ("", "")
    many = f"{before}{place[scope.removeprefix('heirs of ')]}/{actor}s/{who}/roles"
    one = f"{many}/{cloud.role_id('member')}{after}"
    assert admin(f"HEAD {one}").code == 404
    assert admin(f"DELETE {one}").code == 404
    for _ in range(2):
        assert admin(f"PUT {one}").code == 204
    assert admin(f"HEAD {one}").code == admin(f"GET {one}").code == 204
    assert [role["name"] for role in admin(f"GET {many}{after}").body["roles"]] == ["member"]
    told = _listed(admin, f"{actor}.id={who}")
    assert any(row["links"]["assignment"] == f"http://cloud.test/identity/v3{one}" for row in told)
    assert admin(f"DELETE {one}").code == 204
    assert admin(f"HEAD {one}").code == 404


def test_what_does_not_exist_cannot_be_joined(cloud: SmallCloud, admin: Asker, alice: Asker):
    web, oscar, member = cloud.project_id("web"), cloud.user_id("oscar"), cloud.role_id("member")
    for path in (
        f"/projects/nowhere/users/{oscar}/roles/{member}",
        f"/projects/{web}/users/nobody/roles/{member}",
        f"/projects/{web}/users/{oscar}/roles/nothing",
        f"/projects/{web}/groups/nobody/roles/{member}",
        f"/domains/nowhere/users/{oscar}/roles/{member}",
        f"/domains/{web}/users/{oscar}/roles/{member}",
    ):
        assert admin(f"PUT {path}").code == 404, path
        assert alice(f"PUT {path}").code == 403, path


def test_nobody_gives_itself_a_role(cloud: SmallCloud):
    for name in ("alice", "mia", "rita"):
        path = f"/projects/{cloud.project_id('web')}/users/{cloud.user_id(name)}/roles/{cloud.role_id('admin')}"
        assert cloud.member(name)(f"PUT {path}").code == 403


def test_a_domains_manager_grants_lower_roles_within_it_only(cloud: SmallCloud, household: Household):
    manager, own = household.asker("manager"), household.user_ids["member"]
    garden, web, alice = household.project_id, cloud.project_id("web"), cloud.user_id("alice")
    roles = {name: cloud.role_id(name) for name in ("admin", "manager", "reader")}
    assert manager(f"PUT /projects/{garden}/users/{own}/roles/{roles['reader']}").code == 204
    assert manager(f"PUT /projects/{garden}/users/{own}/roles/{roles['manager']}").code == 204
    assert manager(f"PUT /projects/{garden}/users/{own}/roles/{roles['admin']}").code == 403
    assert manager(f"PUT /projects/{garden}/users/{alice}/roles/{roles['reader']}").code == 403
    assert manager(f"PUT /projects/{web}/users/{own}/roles/{roles['reader']}").code == 403
    assert household.asker("reader")(f"GET /projects/{garden}/users/{own}/roles").code == 200
    assert household.asker("member")(f"PUT /projects/{garden}/users/{own}/roles/{roles['reader']}").code == 403
    assert manager(f"DELETE /projects/{garden}/users/{own}/roles/{roles['reader']}").code == 204


def test_a_domains_role_is_for_that_domain(cloud: SmallCloud, admin: Asker, household: Household):
    role = admin("POST /roles", {"role": {"name": "cook", "domain_id": household.id}}).body["role"]["id"]
    user = household.user_ids["member"]
    assert admin(f"PUT /projects/{household.project_id}/users/{user}/roles/{role}").code == 204
    assert admin(f"PUT /domains/{household.id}/users/{user}/roles/{role}").code == 204
    assert admin(f"PUT /projects/{cloud.project_id('web')}/users/{user}/roles/{role}").code == 403
    assert admin(f"PUT /system/users/{user}/roles/{role}").code == 400
    scope = {"project": {"id": household.project_id}}
    assert cloud.by_password("its-member", "secret", scope, household.id).code == 401, "a bundle of nothing"
    admin(f"PUT /roles/{role}/implies/{cloud.role_id('reader')}")
    token = cloud.by_password("its-member", "secret", scope, household.id).body["token"]
    assert [one["name"] for one in token["roles"]] == ["reader"]


def test_grants_made_at_once_are_one(either: SmallCloud):
    admin = either.member("admin")
    path = f"/projects/{either.project_id('web')}/users/{either.user_id('oscar')}/roles/{either.role_id('member')}"
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda _: admin(f"PUT {path}").code, range(16)))
    assert set(codes) == {204}
    assert len(_listed(admin, f"user.id={either.user_id('oscar')}&scope.project.id={either.project_id('web')}")) == 1


# ── inheritance ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_inherited_holds_below_and_not_above(cloud: SmallCloud, admin: Asker):
    top = _project(admin, "top")
    middle = _project(admin, "middle", top)
    leaf = _project(admin, "leaf", middle)
    oscar, member = cloud.user_id("oscar"), cloud.role_id("member")
    admin(f"PUT /OS-INHERIT/projects/{top}/users/{oscar}/roles/{member}/inherited_to_projects")
    codes = [cloud.by_password("oscar", scope={"project": {"id": one}}).code for one in (top, middle, leaf)]
    assert codes == [401, 201, 201]
    names = {one["name"] for one in admin(f"GET /users/{oscar}/projects").body["projects"]}
    assert names == {"other", "middle", "leaf"}


def test_what_is_inherited_from_a_domain_holds_in_its_projects(cloud: SmallCloud, admin: Asker, household: Household):
    oscar = cloud.user_id("oscar")
    grant = f"/OS-INHERIT/domains/{household.id}/users/{oscar}/roles/{cloud.role_id('member')}/inherited_to_projects"
    assert admin(f"PUT {grant}").code == 204
    assert cloud.by_password("oscar", scope={"project": {"id": household.project_id}}).code == 201
    assert cloud.by_password("oscar", scope={"domain": {"id": household.id}}).code == 401
    assert {one["name"] for one in cloud.member("oscar")("GET /auth/projects").body["projects"]} == {"garden", "other"}
    assert admin(f"DELETE {grant}").code == 204
    assert cloud.by_password("oscar", scope={"project": {"id": household.project_id}}).code == 401


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────


def test_assignments_are_told_by_ids_or_with_names(cloud: SmallCloud, admin: Asker):
    web, alice = cloud.project_id("web"), cloud.user_id("alice")
    (row,) = _listed(admin, f"user.id={alice}")
    link = f"http://cloud.test/identity/v3/projects/{web}/users/{alice}/roles/{cloud.role_id('member')}"
    assert row == {
        "role": {"id": cloud.role_id("member")},
        "user": {"id": alice},
        "scope": {"project": {"id": web}},
        "links": {"assignment": link},
    }
    (named,) = _listed(admin, f"user.id={alice}&include_names")
    domain = {"id": "default", "name": "Default"}
    assert named["role"] == {"id": cloud.role_id("member"), "name": "member"}
    assert named["user"] == {"id": alice, "name": "alice", "domain": domain}
    assert named["scope"] == {"project": {"id": web, "name": "web", "domain": domain}}


def test_filters_narrow_the_list(cloud: SmallCloud, admin: Asker, household: Household):
    web, reader = cloud.project_id("web"), cloud.role_id("reader")
    assert {row["role"]["id"] for row in _listed(admin, f"role.id={reader}")} == {reader}
    assert {row["scope"]["project"]["id"] for row in _listed(admin, f"scope.project.id={web}")} == {web}
    assert len(_listed(admin, f"scope.domain.id={household.id}")) == 4
    assert [row["scope"] for row in _listed(admin, "scope.system=all")] == [{"system": {"all": True}}]
    assert _listed(admin, "scope.OS-INHERIT:inherited_to=projects") == []
    assert _listed(admin, "user.id=nobody") == []


@pytest.mark.parametrize(
    "query",
    [
        "user.id=a&group.id=b",
        "effective&group.id=b",
        "scope.project.id=a&scope.domain.id=b",
        "scope.system=all&scope.domain.id=b",
        "include_subtree=1",
        "user.id=no/such",
        "effective&scope.domain.id=default&scope.OS-INHERIT:inherited_to=projects",
    ],
)
def test_filters_that_contradict_each_other_are_refused(admin: Asker, query: str):
    assert admin(f"GET /role_assignments?{query}").code == 400


def test_effects_resolve_groups_and_implied_roles(cloud: SmallCloud, admin: Asker):
    oscar, rita, web = cloud.user_id("oscar"), cloud.user_id("rita"), cloud.project_id("web")
    group = _group(admin, oscar, rita)
    admin(f"PUT /projects/{web}/groups/{group}/roles/{cloud.role_id('member')}")
    found = _listed(admin, f"effective&include_names&user.id={oscar}&scope.project.id={web}")
    assert {row["role"]["name"] for row in found} == {"member", "reader"}
    base = "http://cloud.test/identity/v3"
    for row in found:
        assert row["user"]["name"] == "oscar"
        assert row["links"]["membership"] == f"{base}/groups/{group}/users/{oscar}"
    implied = next(row for row in found if row["role"]["name"] == "reader")
    prior = f"{base}/prior_roles/{cloud.role_id('member')}/implies/{cloud.role_id('reader')}"
    assert implied["links"]["prior_role"] == prior
    everybody = _listed(admin, f"effective&scope.project.id={web}&role.id={cloud.role_id('member')}")
    assert {row["user"]["id"] for row in everybody} >= {oscar, rita, cloud.user_id("alice"), cloud.user_id("mia")}
    assert _listed(admin, f"group.id={group}")[0]["group"] == {"id": group}


def test_effects_resolve_inheritance(cloud: SmallCloud, admin: Asker):
    top = _project(admin, "top")
    leaf = _project(admin, "leaf", top)
    oscar, reader = cloud.user_id("oscar"), cloud.role_id("reader")
    grant = f"/OS-INHERIT/projects/{top}/users/{oscar}/roles/{reader}/inherited_to_projects"
    admin(f"PUT {grant}")
    (row,) = _listed(admin, f"effective&user.id={oscar}&scope.project.id={leaf}")
    assert row["scope"] == {"project": {"id": leaf}, "OS-INHERIT:inherited_to": "projects"}
    assert row["links"]["assignment"] == f"http://cloud.test/identity/v3{grant}"
    assert _listed(admin, f"effective&user.id={oscar}&scope.project.id={top}") == []
    assert leaf in {row["scope"]["project"]["id"] for row in _listed(admin, f"effective&user.id={oscar}")}
    (direct,) = _listed(admin, f"scope.project.id={top}")
    assert direct["scope"] == {"project": {"id": top}, "OS-INHERIT:inherited_to": "projects"}


def test_a_tree_is_listed_whole(cloud: SmallCloud, admin: Asker):
    top = _project(admin, "top")
    leaf = _project(admin, "leaf", top)
    oscar, reader = cloud.user_id("oscar"), cloud.role_id("reader")
    for one in (top, leaf):
        admin(f"PUT /projects/{one}/users/{oscar}/roles/{reader}")
    found = _listed(admin, f"scope.project.id={top}&include_subtree=1")
    assert {row["scope"]["project"]["id"] for row in found} == {top, leaf}
    assert len(_listed(admin, f"scope.project.id={top}&include_subtree=0")) == 1


def test_a_domains_people_see_its_assignments_only(cloud: SmallCloud, household: Household, alice: Asker):
    reader = household.asker("reader")
    found = _listed(reader)
    assert {row["scope"]["domain"]["id"] for row in found} == {household.id}
    assert len(found) == 4
    assert _listed(reader, f"scope.project.id={cloud.project_id('web')}") == []
    assert reader(f"GET /role_assignments?include_subtree&scope.project.id={cloud.project_id('web')}").code == 403
    assert alice("GET /role_assignments").code == 403


def _paged(asker: Asker, query: str) -> list[dict[str, Any]]:
    """A list whose pages are followed to the end, two by two."""
    found: list[dict[str, Any]] = []
    following = f"{query}&limit=2"
    while following:
        body = asker(f"GET /role_assignments?{following}").body
        assert len(body["role_assignments"]) <= 2
        found += body["role_assignments"]
        following = urlsplit(body["links"]["next"] or "").query
    return found


def _entangled(cloud: SmallCloud, admin: Asker) -> str:
    """A project below others, where a group and people have roles of their own and from above; its id."""
    top = _project(admin, "top")
    leaf = _project(admin, "leaf", top)
    group = _group(admin, *(cloud.user_id(name) for name in ("oscar", "rita", "mia")))
    heirs = "roles/{}/inherited_to_projects"
    for line in (
        f"/OS-INHERIT/projects/{top}/groups/{group}/{heirs.format(cloud.role_id('manager'))}",
        f"/OS-INHERIT/domains/default/users/{cloud.user_id('rita')}/{heirs.format(cloud.role_id('member'))}",
        f"/projects/{leaf}/groups/{group}/roles/{cloud.role_id('member')}",
        f"/projects/{leaf}/users/{cloud.user_id('oscar')}/roles/{cloud.role_id('reader')}",
    ):
        assert admin(f"PUT {line}").code == 204, line
    return leaf


@pytest.mark.parametrize(
    "query",
    ["", "effective", "scope.project.id={leaf}", "scope.project.id={leaf}&effective", "user.id={oscar}&effective"],
)
def test_pages_together_are_the_whole(either: SmallCloud, query: str):
    admin = either.member("admin")
    asked = query.format(leaf=_entangled(either, admin), oscar=either.user_id("oscar"))
    whole = _listed(admin, asked)
    assert len(whole) > 1
    assert _paged(admin, asked) == whole
    assert all("marker" not in one for one in whole)


def test_effects_are_those_of_every_assignment_that_leads_there(cloud: SmallCloud, admin: Asker):
    leaf = _entangled(cloud, admin)
    found = _listed(admin, f"scope.project.id={leaf}&effective&include_names")
    had = sorted((one["user"]["name"], one["role"]["name"]) for one in found)
    by_group = [(name, role) for name in ("mia", "oscar", "rita") for role in ("manager", "member", "reader")]
    again = [(name, role) for name in ("mia", "oscar", "rita") for role in ("member", "reader")]
    assert had == sorted([*by_group, *again, ("oscar", "reader"), ("rita", "member"), ("rita", "reader")])
    readers = _listed(admin, f"scope.project.id={leaf}&effective&role.id={cloud.role_id('reader')}&include_names")
    assert sorted(one["user"]["name"] for one in readers) == sorted(name for name, role in had if role == "reader")


def test_a_page_follows_one_whose_last_is_gone(cloud: SmallCloud, admin: Asker):
    whole = _listed(admin)
    at = [one.get("user", {}).get("id") for one in whole].index(cloud.user_id("alice"))
    following = urlsplit(admin(f"GET /role_assignments?limit={at + 1}").body["links"]["next"]).query
    admin(f"DELETE {whole[at]['links']['assignment'].removeprefix('http://cloud.test/identity/v3')}")
    assert admin(f"GET /role_assignments?{following}").body["role_assignments"] == whole[at + 1 :][: at + 1]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "marker=nobody", "marker="])
def test_a_page_that_is_none_is_refused(admin: Asker, query: str):
    assert admin(f"GET /role_assignments?{query}").code == 400
