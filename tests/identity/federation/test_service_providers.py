"""Service providers over the wire, and in tokens."""

from __future__ import annotations

from pileus.identity.federation.service_providers import enabled_service_providers
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud

ALL = "/OS-FEDERATION/service_providers"
CLOUD = {"auth_url": "https://other.test/auth", "sp_url": "https://other.test/sp"}


def test_a_service_provider_is_made_shown_changed_and_removed(admin: Asker, alice: Asker):
    heard = admin(f"PUT {ALL}/other", {"service_provider": CLOUD})
    made = heard.body["service_provider"]
    links = {"self": f"http://cloud.test/identity/v3{ALL}/other"}
    told = {"description": None, "enabled": False, "relay_state_prefix": "ss:mem:"}
    assert heard.code == 201
    assert made == {"id": "other", **CLOUD, **told, "links": links}
    assert admin(f"GET {ALL}/other").body["service_provider"] == made
    assert admin(f"GET {ALL}?id=other").body["service_providers"] == [made]
    assert admin(f"GET {ALL}?enabled=true").body["service_providers"] == []
    changed = admin(f"PATCH {ALL}/other", {"service_provider": {"enabled": True}}).body["service_provider"]
    assert changed == {**made, "enabled": True}
    assert alice(f"GET {ALL}").code == 403
    for body in ({}, {**CLOUD, "auth_url": "nonsense"}, {**CLOUD, "more": 1}):
        assert admin(f"PUT {ALL}/third", {"service_provider": body}).code == 400
    assert admin(f"PUT {ALL}/other", {"service_provider": CLOUD}).code == 409
    assert admin(f"DELETE {ALL}/other").code == 204
    assert admin(f"GET {ALL}/other").code == 404


def test_scoped_tokens_name_those_that_are_enabled(cloud: SmallCloud, admin: Asker, alice: Asker):
    admin(f"PUT {ALL}/other", {"service_provider": {**CLOUD, "enabled": True}})
    told = [{"id": "other", **CLOUD}]
    for token, expected in ((alice.token, told), (cloud.by_token(alice.token).headers["x-subject-token"], None)):
        shown = admin("GET /auth/tokens", headers={"x-subject-token": token}).body["token"]
        assert shown.get("service_providers") == expected
    admin(f"PATCH {ALL}/other", {"service_provider": {"enabled": False}})
    shown = admin("GET /auth/tokens", headers={"x-subject-token": alice.token}).body["token"]
    assert "service_providers" not in shown
    assert cloud.store.read(enabled_service_providers) == []
