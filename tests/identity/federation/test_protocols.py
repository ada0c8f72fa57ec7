"""Protocols over the wire."""

from __future__ import annotations

import pytest

from pileus.identity.federation.protocols import protocols_named
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud

ALL = "/OS-FEDERATION/identity_providers/acme/protocols"
RULES = [{"remote": [{"type": "x"}], "local": []}]


@pytest.fixture
def acme(admin: Asker) -> Asker:
    """The administrator, where there is a provider and a mapping."""
    admin("PUT /OS-FEDERATION/identity_providers/acme", {"identity_provider": {}})
    for name in ("people", "others"):
        admin(f"PUT /OS-FEDERATION/mappings/{name}", {"mapping": {"rules": RULES}})
    return admin


def test_a_protocol_is_made_shown_changed_and_removed(cloud: SmallCloud, acme: Asker, alice: Asker):
    heard = acme(f"PUT {ALL}/openid", {"protocol": {"mapping_id": "people"}})
    made = heard.body["protocol"]
    provider = "http://cloud.test/identity/v3/OS-FEDERATION/identity_providers/acme"
    assert heard.code == 201
    assert made == {
        "id": "openid",
        "mapping_id": "people",
        "remote_id_attribute": None,
        "links": {"self": f"{provider}/protocols/openid", "identity_provider": provider},
    }
    assert acme(f"GET {ALL}/openid").body["protocol"] == made
    assert acme(f"GET {ALL}").body["protocols"] == [made]
    change = {"mapping_id": "others", "remote_id_attribute": "HTTP_OIDC_ISS"}
    assert acme(f"PATCH {ALL}/openid", {"protocol": change}).body["protocol"] == {**made, **change}
    assert alice(f"GET {ALL}").code == 403
    assert [row["provider_id"] for row in cloud.store.read(protocols_named, "openid")] == ["acme"]
    assert acme(f"DELETE {ALL}/openid").code == 204
    assert acme(f"GET {ALL}/openid").code == 404


def test_a_protocol_needs_a_provider_and_a_mapping(acme: Asker):
    assert acme(f"PUT {ALL}/openid", {"protocol": {}}).code == 400
    assert acme(f"PUT {ALL}/openid", {"protocol": {"mapping_id": "none"}}).code == 400
    assert acme(f"PUT {ALL.replace('acme', 'none')}/openid", {"protocol": {"mapping_id": "people"}}).code == 404
    assert acme(f"PUT {ALL}/openid", {"protocol": {"mapping_id": "people"}}).code == 201
    assert acme(f"PUT {ALL}/openid", {"protocol": {"mapping_id": "people"}}).code == 409
    assert acme(f"PATCH {ALL}/openid", {"protocol": {"mapping_id": "none"}}).code == 400
    assert acme(f"PATCH {ALL}/none", {"protocol": {"mapping_id": "people"}}).code == 404
