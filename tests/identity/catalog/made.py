"""What tests of the catalogue put into it."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker


def new_service(admin: Asker, type: str = "dns") -> str:
    """A new service's id."""
    return str(admin("POST /services", {"service": {"type": type, "name": "x"}}).body["service"]["id"])


def new_endpoint(admin: Asker, service_id: str, **more: Any) -> dict[str, Any]:
    """A new endpoint of it."""
    endpoint = {"service_id": service_id, "interface": "public", "url": "http://dns.test/v2", **more}
    heard = admin("POST /endpoints", {"endpoint": endpoint})
    assert heard.code == 201, heard.content
    return dict(heard.body["endpoint"])


def types(asker: Asker) -> set[str]:
    """The types of the services that somebody sees endpoints of."""
    return {one["type"] for one in asker("GET /auth/catalog").body["catalog"] if one["endpoints"]}
