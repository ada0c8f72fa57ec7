"""The catalogue that comes with tokens."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.catalog.made import new_endpoint, new_service
from tests.identity.small_cloud import SmallCloud


def test_the_catalogue_has_what_is_enabled(cloud: SmallCloud, admin: Asker, alice: Asker):
    service = new_service(admin)
    endpoint = new_endpoint(admin, service)

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
    new_endpoint(admin, new_service(admin))
    assert len(alice("GET /auth/tokens", headers=about).body["token"]["catalog"]) == len(before) + 1
