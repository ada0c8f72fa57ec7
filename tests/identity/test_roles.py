"""Roles, and which imply others, over the wire."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud


def _make(admin: Asker, name: str, **more: object) -> str:
    heard = admin("POST /roles", {"role": {"name": name, **more}})
    assert heard.code == 201, heard.content
    return str(heard.body["role"]["id"])


def test_a_role_is_made_shown_changed_and_removed(admin: Asker):
    role = admin("POST /roles", {"role": {"name": "cook", "since": 1999}}).body["role"]
    assert role == {
        "id": role["id"],
        "name": "cook",
        "domain_id": None,
        "description": None,
        "options": {},
        "since": 1999,
        "links": {"self": f"http://cloud.test/identity/v3/roles/{role['id']}"},
    }
    path = f"/roles/{role['id']}"
    assert admin(f"GET {path}").body["role"] == role
    assert role in admin("GET /roles").body["roles"]
    assert admin(f"PATCH {path}", {"role": {"name": "chef"}}).body["role"]["name"] == "chef"
    assert admin("POST /roles", {"role": {"name": "chef"}}).code == 409
    assert admin("POST /roles", {"role": {"name": ""}}).code == 400
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404


def test_the_first_roles_cannot_be_removed_by_mistake(cloud: SmallCloud, admin: Asker):
    for name in ("admin", "manager", "member", "reader", "service"):
        assert admin(f"DELETE /roles/{cloud.role_id(name)}").code == 403
        assert admin(f"PATCH /roles/{cloud.role_id(name)}", {"role": {"name": "x"}}).code == 403


def test_a_domains_roles_are_listed_apart(admin: Asker, household: Household):
    role = _make(admin, "cook", domain_id=household.id)
    assert _make(admin, "cook") != role
    assert [one["id"] for one in admin(f"GET /roles?domain_id={household.id}").body["roles"]] == [role]
    assert role not in {one["id"] for one in admin("GET /roles?name=cook").body["roles"]}
    assert admin("POST /roles", {"role": {"name": "x", "domain_id": "nowhere"}}).code == 404


def test_managers_of_a_domain_see_the_roles_they_may_grant(cloud: SmallCloud, household: Household, alice: Asker):
    manager = household.asker("manager")
    assert manager("GET /roles").code == 200
    assert manager(f"GET /roles/{cloud.role_id('member')}").code == 200
    assert manager(f"GET /roles/{cloud.role_id('admin')}").code == 403
    assert manager(f"GET /roles?domain_id={household.id}").code == 403
    assert cloud.member("mia")("GET /roles").code == 403, "its token is for a project"
    assert alice("GET /roles").code == 403
    assert alice("GET /roles/nowhere").code == 404


def test_a_role_implies_others_and_what_they_imply(cloud: SmallCloud, admin: Asker):
    cook, taster, guest = (_make(admin, name) for name in ("cook", "taster", "guest"))
    for prior, implied in ((cook, taster), (taster, guest)):
        assert admin(f"PUT /roles/{prior}/implies/{implied}").code == 201
        assert admin(f"PUT /roles/{prior}/implies/{implied}").code == 201
        assert admin(f"HEAD /roles/{prior}/implies/{implied}").code == 204
    assert admin(f"GET /roles/{cook}/implies/{taster}").body["role_inference"]["implies"]["id"] == taster
    listed = admin(f"GET /roles/{cook}/implies").body["role_inference"]
    assert (listed["prior_role"]["id"], [one["id"] for one in listed["implies"]]) == (cook, [taster])
    admin(f"PUT /projects/{cloud.project_id('web')}/users/{cloud.user_id('oscar')}/roles/{cook}")
    token = cloud.by_password("oscar", scope={"project": {"id": cloud.project_id("web")}}).body["token"]
    assert {role["name"] for role in token["roles"]} == {"cook", "taster", "guest"}
    assert admin(f"DELETE /roles/{cook}/implies/{taster}").code == 204
    assert admin(f"GET /roles/{cook}/implies/{taster}").code == 404
    assert admin(f"DELETE /roles/{cook}/implies/{taster}").code == 404


def test_no_role_implies_admin_or_itself_by_a_detour(cloud: SmallCloud, admin: Asker):
    cook, taster = _make(admin, "cook"), _make(admin, "taster")
    assert admin(f"PUT /roles/{cook}/implies/{cloud.role_id('admin')}").code == 403
    assert admin(f"PUT /roles/{cook}/implies/{cook}").code == 403
    assert admin(f"PUT /roles/{cook}/implies/{taster}").code == 201
    assert admin(f"PUT /roles/{taster}/implies/{cook}").code == 403


def test_every_implication_is_told(admin: Asker, alice: Asker):
    found = {
        one["prior_role"]["name"]: [role["name"] for role in one["implies"]]
        for one in admin("GET /role_inferences").body["role_inferences"]
    }
    assert found == {"admin": ["manager"], "manager": ["member"], "member": ["reader"]}
    assert alice("GET /role_inferences").code == 403


def test_what_no_role_may_imply_is_for_the_operator_to_say(cloud: SmallCloud, admin: Asker):
    guest = _make(admin, "guest")
    assert admin(f"PUT /roles/{guest}/implies/{cloud.role_id('admin')}").code == 403
    assert admin(f"PUT /roles/{guest}/implies/{cloud.role_id('service')}").code == 201
    strict = cloud.other_process(never_implied=("member",))
    assert strict.member("admin")(f"PUT /roles/{guest}/implies/{cloud.role_id('member')}").code == 403
    strict.close()
