"""Endpoint groups, and the projects joined to them."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.catalog.made import new_endpoint, new_service, types
from tests.identity.small_cloud import SmallCloud


def test_a_project_sees_the_endpoint_groups_joined_to_it(cloud: SmallCloud, admin: Asker, alice: Asker):
    service, web = new_service(admin), cloud.project_id("web")
    endpoint = new_endpoint(admin, service)["id"]
    group = {"name": "names", "filters": {"service_id": service}}
    made = admin("POST /OS-EP-FILTER/endpoint_groups", {"endpoint_group": group}).body["endpoint_group"]
    one = f"/OS-EP-FILTER/endpoint_groups/{made['id']}"
    assert made == {
        "id": made["id"],
        "description": None,
        **group,
        "links": {"self": f"http://cloud.test/identity/v3{one}"},
    }
    assert [each["id"] for each in admin(f"GET {one}/endpoints").body["endpoints"]] == [endpoint]
    assert admin(f"PUT {one}/projects/{web}").code == 204
    assert admin(f"GET {one}/projects/{web}").body["endpoint_group"] == made
    assert admin(f"HEAD {one}/projects/{web}").code == 200
    assert [each["id"] for each in admin(f"GET {one}/projects").body["projects"]] == [web]
    listed = admin(f"GET /OS-EP-FILTER/projects/{web}/endpoint_groups").body["endpoint_groups"]
    assert listed == [made]
    assert types(alice) == {"dns"}
    wider = {"endpoint_group": {"filters": {"service_id": service, "interface": "admin"}}}
    assert admin(f"PATCH {one}", wider).body["endpoint_group"]["filters"]["interface"] == "admin"
    assert types(alice) == set()
    assert admin(f"DELETE {one}/projects/{web}").code == 204
    assert admin(f"DELETE {one}").code == 204
    assert admin(f"GET {one}").code == 404
    bad = {"endpoint_group": {"name": "x", "filters": {"colour": "red"}}}
    assert admin("POST /OS-EP-FILTER/endpoint_groups", bad).code == 400
