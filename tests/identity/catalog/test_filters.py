"""Endpoints chosen for a project."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.catalog.made import new_endpoint, new_service, types
from tests.identity.small_cloud import SmallCloud


def test_a_project_sees_the_endpoints_chosen_for_it(cloud: SmallCloud, admin: Asker, alice: Asker):
    endpoint, web = new_endpoint(admin, new_service(admin))["id"], cloud.project_id("web")
    path = f"/OS-EP-FILTER/projects/{web}/endpoints/{endpoint}"
    assert "dns" in types(alice)
    assert admin(f"HEAD {path}").code == 404
    assert admin(f"PUT {path}").code == 204
    assert admin(f"HEAD {path}").code == 204
    assert types(alice) == {"dns"}
    assert len(types(cloud.member("oscar"))) > 1
    assert [one["id"] for one in admin(f"GET /OS-EP-FILTER/projects/{web}/endpoints").body["endpoints"]] == [endpoint]
    assert [one["id"] for one in admin(f"GET /OS-EP-FILTER/endpoints/{endpoint}/projects").body["projects"]] == [web]
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"DELETE {path}").code == 404
    assert len(types(alice)) > 1
