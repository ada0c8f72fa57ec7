"""Registered limits and limits over the wire, both models, and the door that other services ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pileus import identity
from pileus.kernel.clock import HeldClock
from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud


def service_id(admin: Asker, type: str = "object-store") -> str:
    """The id of the service that is in the catalogue."""
    return str(admin(f"GET /services?type={type}").body["services"][0]["id"])


def registered(admin: Asker, name: str = "objects", amount: int = 10, **more: Any) -> dict[str, Any]:
    """A registered limit of the object store."""
    one = {"service_id": service_id(admin), "resource_name": name, "default_limit": amount, **more}
    heard = admin("POST /registered_limits", {"registered_limits": [one]})
    assert heard.code == 201, heard.content
    return dict(heard.body["registered_limits"][0])


def limited(admin: Asker, amount: int, name: str = "objects", **whose: Any) -> Any:
    """What is heard when a limit is made."""
    one = {"service_id": service_id(admin), "resource_name": name, "resource_limit": amount, **whose}
    return admin("POST /limits", {"limits": [one]})


def test_a_registered_limit_is_made_shown_changed_and_removed(admin: Asker):
    made = registered(admin, region_id="RegionOne", description="how many")
    assert made == {
        "id": made["id"],
        "service_id": service_id(admin),
        "region_id": "RegionOne",
        "resource_name": "objects",
        "default_limit": 10,
        "description": "how many",
        "links": {"self": f"http://cloud.test/identity/v3/registered_limits/{made['id']}"},
    }
    path = f"/registered_limits/{made['id']}"
    assert admin(f"GET {path}").body["registered_limit"] == made
    assert admin("GET /registered_limits?resource_name=objects&region_id=RegionOne").body["registered_limits"] == [made]
    assert admin("GET /registered_limits?region_id=elsewhere").body["registered_limits"] == []
    changed = admin(f"PATCH {path}", {"registered_limit": {"default_limit": -1, "region_id": None}})
    assert changed.body["registered_limit"] == {**made, "default_limit": -1, "region_id": None}
    assert admin(f"PATCH {path}", {"registered_limit": {"resource_name": "objects"}}).code == 409
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404


def test_several_are_made_together_or_none(admin: Asker):
    good = {"service_id": service_id(admin), "resource_name": "objects", "default_limit": 1}
    both = [good, {**good, "resource_name": "containers"}]
    assert admin("POST /registered_limits", {"registered_limits": [*both, good]}).code == 409
    assert admin("GET /registered_limits").body["registered_limits"] == []
    heard = admin("POST /registered_limits", {"registered_limits": both}).body["registered_limits"]
    assert [one["resource_name"] for one in heard] == ["objects", "containers"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"default_limit": "many"},
        {"default_limit": -2},
        {"default_limit": 2**31},
        {"resource_name": " "},
        {"service_id": "not one"},
        {"service_id": "0" * 32},
        {"region_id": "nowhere"},
        {"description": "x" * 256},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_a_registered_limit_is_refused(admin: Asker, wrong: dict[str, Any]):
    good = {"service_id": service_id(admin), "resource_name": "objects", "default_limit": 1}
    assert admin("POST /registered_limits", {"registered_limits": [{**good, **wrong}]}).code == 400
    assert admin("POST /registered_limits", {"registered_limits": []}).code == 400


def test_a_limit_is_for_a_project_or_a_domain(cloud: SmallCloud, admin: Asker):
    registered(admin)
    web = limited(admin, 5, project_id=cloud.project_id("web")).body["limits"][0]
    assert web == {
        "id": web["id"],
        "project_id": cloud.project_id("web"),
        "domain_id": None,
        "service_id": service_id(admin),
        "region_id": None,
        "resource_name": "objects",
        "resource_limit": 5,
        "description": None,
        "links": {"self": f"http://cloud.test/identity/v3/limits/{web['id']}"},
    }
    domain = limited(admin, 7, domain_id="default").body["limits"][0]
    assert (domain["project_id"], domain["domain_id"]) == (None, "default")
    assert limited(admin, 7, project_id="default").code == 409
    assert admin("GET /limits?domain_id=default").body["limits"] == [domain]
    assert admin(f"GET /limits?project_id={web['project_id']}").body["limits"] == [web]
    assert len(admin(f"GET /limits?service_id={web['service_id']}&resource_name=objects").body["limits"]) == 2
    path = f"/limits/{web['id']}"
    assert admin(f"GET {path}").body["limit"] == web
    changed = admin(f"PATCH {path}", {"limit": {"resource_limit": 6, "description": "more"}}).body["limit"]
    assert changed == {**web, "resource_limit": 6, "description": "more"}
    assert admin(f"PATCH {path}", {"limit": {"resource_name": "other"}}).code == 400
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404


def test_what_cannot_be_a_limit_is_refused(cloud: SmallCloud, admin: Asker):
    project_id = cloud.project_id("web")
    assert limited(admin, 5, project_id=project_id).code == 403
    registered(admin)
    assert limited(admin, 5, project_id=project_id, domain_id=None).code == 400
    assert limited(admin, 5).code == 400
    assert limited(admin, 5, project_id="nobody").code == 400
    assert limited(admin, 5, domain_id=project_id).code == 400
    assert limited(admin, 5, project_id=None).code == 400
    assert limited(admin, 5, project_id=project_id, region_id="nowhere").code == 400
    assert limited(admin, 5, project_id=project_id, region_id="RegionOne").code == 403
    assert limited(admin, 5, project_id=project_id).code == 201
    assert limited(admin, 6, project_id=project_id).code == 409


def test_a_registered_limit_in_use_stays_what_it_is_about(cloud: SmallCloud, admin: Asker):
    path = f"/registered_limits/{registered(admin)['id']}"
    limit = limited(admin, 5, project_id=cloud.project_id("web")).body["limits"][0]["id"]
    assert admin(f"PATCH {path}", {"registered_limit": {"resource_name": "other"}}).code == 403
    assert admin(f"DELETE {path}").code == 403
    assert admin(f"PATCH {path}", {"registered_limit": {"default_limit": 3}}).code == 200
    assert admin(f"DELETE /limits/{limit}").code == 204
    assert admin(f"DELETE {path}").code == 204


def test_people_see_the_limits_of_their_project_or_domain(cloud: SmallCloud, admin: Asker, household: Household):
    registered(admin)
    web = limited(admin, 5, project_id=cloud.project_id("web")).body["limits"][0]["id"]
    garden = limited(admin, 5, project_id=household.project_id).body["limits"][0]["id"]
    house = limited(admin, 5, domain_id=household.id).body["limits"][0]["id"]

    def seen(asker: Asker) -> set[str]:
        return {one["id"] for one in asker("GET /limits").body["limits"]}

    rita, reader = cloud.member("rita"), household.asker("reader")
    assert seen(rita) == {web}
    assert seen(reader) == {garden, house}
    assert seen(admin) == seen(household.asker("admin")) == {web, garden, house}
    assert [rita(f"GET /limits/{one}").code for one in (web, garden, house)] == [200, 403, 403]
    assert [reader(f"GET /limits/{one}").code for one in (web, garden, house)] == [403, 200, 200]
    assert household.asker("admin")(f"DELETE /limits/{house}").code == 403
    assert rita("GET /registered_limits").code == 200
    assert rita("POST /limits", {"limits": []}).code in (400, 403)


def test_the_model_is_told(cloud: SmallCloud, admin: Asker, tmp_path: Path, clock: HeldClock):
    assert admin("GET /limits/model").body["model"]["name"] == "flat"
    strict = SmallCloud(tmp_path, clock, cloud.url, new=False, limit_model="strict_two_level")
    assert strict.member("rita")("GET /limits/model").body["model"]["name"] == "strict_two_level"
    strict.close()


@pytest.fixture
def strict(cloud: SmallCloud):
    """The same cloud with limits that go down the tree."""
    made = cloud.other_process(limit_model="strict_two_level")
    yield made
    made.close()


def test_no_project_has_more_than_its_domain(strict: SmallCloud, cloud: SmallCloud):
    admin, web = strict.member("admin"), cloud.project_id("web")
    registered(admin)
    assert limited(admin, 11, project_id=web).code == 403
    assert limited(admin, -1, project_id=web).code == 403
    assert limited(admin, 10, project_id=web).code == 201
    assert limited(admin, 9, domain_id="default").code == 403
    domain = limited(admin, 20, domain_id="default").body["limits"][0]["id"]
    other = limited(admin, 20, project_id=cloud.project_id("other")).body["limits"][0]["id"]
    assert admin(f"PATCH /limits/{other}", {"limit": {"resource_limit": 21}}).code == 403
    assert admin(f"GET /limits/{other}").body["limit"]["resource_limit"] == 20
    assert admin(f"PATCH /limits/{domain}", {"limit": {"resource_limit": 19}}).code == 403
    assert admin(f"PATCH /limits/{domain}", {"limit": {"resource_limit": -1}}).code == 200
    assert admin(f"PATCH /limits/{other}", {"limit": {"resource_limit": -1}}).code == 200


def test_limits_of_a_domain_and_its_projects_are_checked_together(strict: SmallCloud, cloud: SmallCloud):
    admin = strict.member("admin")
    registered(admin)
    one = {"service_id": service_id(admin), "resource_name": "objects", "resource_limit": 30}
    both = [{**one, "project_id": cloud.project_id("web")}, {**one, "domain_id": "default"}]
    assert admin("POST /limits", {"limits": both}).code == 201


def test_projects_stand_directly_under_their_domain_in_the_strict_model(strict: SmallCloud, cloud: SmallCloud):
    project = {"name": "below", "parent_id": cloud.project_id("web")}
    assert strict.member("admin")("POST /projects", {"project": project}).code == 403


def test_other_services_ask_what_a_project_may_have(cloud: SmallCloud, admin: Asker, strict: SmallCloud):
    web, other = cloud.project_id("web"), cloud.project_id("other")

    def told(project_id: str, region: str | None = None, of: SmallCloud = cloud) -> int | None:
        return of.store.read(identity.limit, "object-store", "objects", project_id, region)

    assert told(web) is None
    registered(admin, region_id="RegionOne")
    limited(admin, 15, region_id="RegionOne", project_id=web)
    limited(admin, 12, region_id="RegionOne", domain_id="default")
    assert [told(web), told(other), told(web, "RegionOne")] == [15, 10, 15]
    assert told(web, "elsewhere") is None
    assert [told(web, of=strict), told(other, of=strict)] == [12, 10]
    registered(admin, amount=-1)
    assert [told(web), told(web, "elsewhere"), told(other, "elsewhere", strict)] == [15, -1, -1]
