"""Endpoints over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.identity.catalog.made import new_endpoint, new_service


def test_an_endpoint_is_made_shown_changed_and_removed(admin: Asker):
    service = new_service(admin)
    endpoint = new_endpoint(admin, service, region="Fresh", name="dns")
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
    endpoint = {"service_id": new_service(admin), "interface": "public", "url": "http://dns.test/v2", **wrong}
    assert admin("POST /endpoints", {"endpoint": endpoint}).code == 400
