"""Services over the wire."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.catalog.made import new_endpoint


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
    endpoint = new_endpoint(admin, service["id"])
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404
    assert admin(f"GET /endpoints/{endpoint['id']}").code == 404


def test_only_administrators_see_services_and_endpoints(alice: Asker):
    for path in ("/services", "/endpoints", "/OS-EP-FILTER/endpoint_groups"):
        assert alice(f"GET {path}").code == 403
        assert alice(f"GET {path}/nowhere").code == 403
