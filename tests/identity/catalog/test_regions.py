"""Regions over the wire."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.catalog.made import new_endpoint, new_service
from tests.identity.small_cloud import SmallCloud


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
    endpoint = new_endpoint(admin, new_service(admin), region_id="c")
    assert admin("DELETE /regions/a").code == 403, "an endpoint is still there"
    admin(f"DELETE /endpoints/{endpoint['id']}")
    assert admin("DELETE /regions/a").code == 204
    assert admin("GET /regions/c").code == 404
