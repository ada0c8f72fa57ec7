"""Regions, services, endpoints and endpoint groups over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


def _service(admin: Asker, type: str = "dns") -> str:
    return str(admin("POST /services", {"service": {"type": type, "name": "x"}}).body["service"]["id"])


def _endpoint(admin: Asker, service_id: str, **more: Any) -> dict[str, Any]:
    endpoint = {"service_id": service_id, "interface": "public", "url": "http://dns.test/v2", **more}
    heard = admin("POST /endpoints", {"endpoint": endpoint})
    assert heard.code == 201, heard.content
    return dict(heard.body["endpoint"])


# ── regions ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_region_is_made_with_or_without_a_name_of_its_own(admin: Asker, alice: Asker):
    named = admin("POST /regions", {"region": {"id": "North", "description": "cold"}}).body["region"]
    assert named == {
        "id": "North",
        "description": "cold",
        "parent_region_id": None,
        "links": {"self": "http://cloud.test/identity/v3/regions/North"},
    }
    assert len(admin("POST /regions", {"region": {}}).body["region"]["id"]) == 32
    assert admin("PUT /regions/South", {"region": {"parent_region_id": "North"}}).code == 201
    assert admin("PUT /regions/South", {"region": {}}).code == 409
    assert admin("PUT /regions/West", {"region": {"id": "East"}}).code == 400
    assert admin("POST /regions", {"region": {"id": "North"}}).code == 409
    assert admin("POST /regions", {"region": {"parent_region_id": "nowhere"}}).code == 404
    assert [one["id"] for one in alice("GET /regions?parent_region_id=North").body["regions"]] == ["South"]
    assert alice("GET /regions/North").body["region"] == named
    assert alice("POST /regions", {"region": {}}).code == 403


def test_regions_form_no_circle_and_go_with_those_above(cloud: SmallCloud, admin: Asker):
    for name, parent in (("a", None), ("b", "a"), ("c", "b")):
        admin("POST /regions", {"region": {"id": name, "parent_region_id": parent}})
    for parent in ("a", "c"):
        assert admin("PATCH /regions/a", {"region": {"parent_region_id": parent}}).code == 400
    assert admin("PATCH /regions/a", {"region": {"description": "top"}}).body["region"]["description"] == "top"
    endpoint = _endpoint(admin, _service(admin), region_id="c")
    assert admin("DELETE /regions/a").code == 403, "an endpoint is still there"
    admin(f"DELETE /endpoints/{endpoint['id']}")
    assert admin("DELETE /regions/a").code == 204
    assert admin("GET /regions/c").code == 404


# ── services and endpoints ───────────────────────────────────────────────────────────────────────────────


def test_a_service_is_made_shown_changed_and_removed(admin: Asker):
    service = admin("POST /services", {"service": {"type": "dns", "name": "designate"}}).body["service"]
    assert service == {
        "id": service["id"],
        "type": "dns",
        "name": "designate",
        "description": "",
        "enabled": True,
        "links": {"self": f"http://cloud.test/identity/v3/services/{service['id']}"},
    }
    path = f"/services/{service['id']}"
    assert admin(f"GET {path}").body["service"] == service
    assert admin("GET /services?type=dns").body["services"] == [service]
    assert admin(f"PATCH {path}", {"service": {"description": "names"}}).body["service"]["description"] == "names"
    assert admin("POST /services", {"service": {"name": "x"}}).code == 400
    assert admin("POST /services", {"service": {"type": "x", "enabled": "True"}}).code == 400
    endpoint = _endpoint(admin, service["id"])
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404
    assert admin(f"GET /endpoints/{endpoint['id']}").code == 404


def test_an_endpoint_is_made_shown_changed_and_removed(admin: Asker):
    service = _service(admin)
    endpoint = _endpoint(admin, service, region="Fresh", name="dns")
    assert endpoint == {
        "id": endpoint["id"],
        "service_id": service,
        "interface": "public",
        "url": "http://dns.test/v2",
        "region": "Fresh",
        "region_id": "Fresh",
        "name": "dns",
        "enabled": True,
        "links": {"self": f"http://cloud.test/identity/v3/endpoints/{endpoint['id']}"},
    }
    assert admin("GET /regions/Fresh").code == 200, "naming a region makes it"
    path = f"/endpoints/{endpoint['id']}"
    assert admin(f"GET {path}").body["endpoint"] == endpoint
    assert admin(f"GET /endpoints?service_id={service}&interface=public").body["endpoints"] == [endpoint]
    assert (
        admin(f"PATCH {path}", {"endpoint": {"url": "http://dns.test/"}}).body["endpoint"]["url"] == "http://dns.test/"
    )
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"interface": "secret"},
        {"url": "nonsense"},
        {"url": ""},
        {"url": "http://x/" + "y" * 220},
        {"url": "http://x/$(password)s"},
        {"enabled": "True"},
        {"service_id": "nowhere"},
        {"region_id": "nowhere"},
    ],
)
def test_a_bad_endpoint_is_refused(admin: Asker, wrong: dict[str, Any]):
    endpoint = {"service_id": _service(admin), "interface": "public", "url": "http://dns.test/v2", **wrong}
    assert admin("POST /endpoints", {"endpoint": endpoint}).code == 400


def test_the_catalogue_has_what_is_enabled(cloud: SmallCloud, admin: Asker, alice: Asker):
    service = _service(admin)
    endpoint = _endpoint(admin, service)

    def urls() -> list[str]:
        found = alice("GET /auth/catalog").body["catalog"]
        return [one["url"] for entry in found if entry["type"] == "dns" for one in entry["endpoints"]]

    assert urls() == ["http://dns.test/v2"]
    admin(f"PATCH /endpoints/{endpoint['id']}", {"endpoint": {"enabled": False}})
    assert urls() == []
    admin(f"PATCH /endpoints/{endpoint['id']}", {"endpoint": {"enabled": True}})
    admin(f"PATCH /services/{service}", {"service": {"enabled": False}})
    assert urls() == []
    assert "dns" not in {one["type"] for one in alice("GET /auth/catalog").body["catalog"]}


def test_a_changed_catalogue_is_told_with_tokens_issued_before(admin: Asker, alice: Asker):
    about = {"x-subject-token": alice.token}
    before = alice("GET /auth/tokens", headers=about).body["token"]["catalog"]
    _endpoint(admin, _service(admin))
    assert len(alice("GET /auth/tokens", headers=about).body["token"]["catalog"]) == len(before) + 1


def test_only_administrators_see_services_and_endpoints(alice: Asker):
    for path in ("/services", "/endpoints", "/OS-EP-FILTER/endpoint_groups"):
        assert alice(f"GET {path}").code == 403
        assert alice(f"GET {path}/nowhere").code == 403


# ── endpoint groups and filters ──────────────────────────────────────────────────────────────────────────


def _types(asker: Asker) -> set[str]:
    return {one["type"] for one in asker("GET /auth/catalog").body["catalog"] if one["endpoints"]}


def test_a_project_sees_the_endpoints_chosen_for_it(cloud: SmallCloud, admin: Asker, alice: Asker):
    endpoint, web = _endpoint(admin, _service(admin))["id"], cloud.project_id("web")
    path = f"/OS-EP-FILTER/projects/{web}/endpoints/{endpoint}"
    assert "dns" in _types(alice)
    assert admin(f"HEAD {path}").code == 404
    assert admin(f"PUT {path}").code == 204
    assert admin(f"HEAD {path}").code == 204
    assert _types(alice) == {"dns"}
    assert len(_types(cloud.member("oscar"))) > 1
    assert [one["id"] for one in admin(f"GET /OS-EP-FILTER/projects/{web}/endpoints").body["endpoints"]] == [endpoint]
    assert [one["id"] for one in admin(f"GET /OS-EP-FILTER/endpoints/{endpoint}/projects").body["projects"]] == [web]
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"DELETE {path}").code == 404
    assert len(_types(alice)) > 1


def test_a_project_sees_the_endpoint_groups_joined_to_it(cloud: SmallCloud, admin: Asker, alice: Asker):
    service, web = _service(admin), cloud.project_id("web")
    endpoint = _endpoint(admin, service)["id"]
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
    assert _types(alice) == {"dns"}
    wider = {"endpoint_group": {"filters": {"service_id": service, "interface": "admin"}}}
    assert admin(f"PATCH {one}", wider).body["endpoint_group"]["filters"]["interface"] == "admin"
    assert _types(alice) == set()
    assert admin(f"DELETE {one}/projects/{web}").code == 204
    assert admin(f"DELETE {one}").code == 204
    assert admin(f"GET {one}").code == 404
    bad = {"endpoint_group": {"name": "x", "filters": {"colour": "red"}}}
    assert admin("POST /OS-EP-FILTER/endpoint_groups", bad).code == 400
