"""Identity providers over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.federation.providers import LONGEST_ID, providers
from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud

ALL = "/OS-FEDERATION/identity_providers"


def make(admin: Asker, name: str = "acme", **given: Any) -> Any:
    heard = admin(f"PUT {ALL}/{name}", {"identity_provider": given})
    assert heard.code == 201, heard.content
    return heard.body["identity_provider"]


def test_a_provider_is_made_shown_changed_and_removed(cloud: SmallCloud, admin: Asker, alice: Asker):
    made = make(admin, description="its people", remote_ids=["b", "a"])
    here = f"http://cloud.test/identity/v3{ALL}/acme"
    assert made == {
        "id": "acme",
        "domain_id": made["domain_id"],
        "description": "its people",
        "enabled": False,
        "remote_ids": ["a", "b"],
        "authorization_ttl": None,
        "links": {"self": here, "protocols": f"{here}/protocols"},
    }
    assert admin(f"GET {ALL}/acme").body["identity_provider"] == made
    assert admin(f"GET {ALL}?id=acme&enabled=false").body["identity_providers"] == [made]
    assert admin(f"GET {ALL}?enabled=true").body["identity_providers"] == []
    change = {"enabled": True, "remote_ids": ["c"], "authorization_ttl": 5, "description": None}
    changed = admin(f"PATCH {ALL}/acme", {"identity_provider": change}).body["identity_provider"]
    assert changed == {**made, **change}
    assert alice(f"GET {ALL}").code == 403
    assert alice(f"GET {ALL}/none").code == 403
    assert admin(f"DELETE {ALL}/acme").code == 204
    assert admin(f"GET {ALL}/acme").code == 404
    assert cloud.store.read(lambda tx: tx.all(providers.select())) == []


def test_a_domain_and_a_remote_id_are_one_providers_only(admin: Asker, household: Household):
    made = make(admin, domain_id=household.id, remote_ids=["a"])
    assert made["domain_id"] == household.id
    for given in ({"domain_id": household.id}, {"remote_ids": ["a"]}, {"remote_ids": ["x", "a"]}):
        assert admin(f"PUT {ALL}/other", {"identity_provider": given}).code == 409
        assert admin(f"GET {ALL}/other").code == 404
    assert admin(f"PUT {ALL}/acme", {"identity_provider": {}}).code == 409
    assert admin(f"PUT {ALL}/other", {"identity_provider": {"domain_id": "none"}}).code == 404


@pytest.mark.parametrize(
    "given",
    [{"more": 1}, {"enabled": "perhaps"}, {"remote_ids": ["a", "a"]}, {"remote_ids": "a"}, {"authorization_ttl": -1}],
)
def test_what_no_provider_has_is_refused(admin: Asker, given: dict[str, Any]):
    assert admin(f"PUT {ALL}/acme", {"identity_provider": given}).code == 400
    make(admin, "other")
    assert admin(f"PATCH {ALL}/other", {"identity_provider": given}).code == 400


def test_the_domain_stays_and_an_id_is_short(admin: Asker):
    made = make(admin)
    assert admin(f"PATCH {ALL}/acme", {"identity_provider": {"domain_id": made["domain_id"]}}).code == 400
    assert admin(f"PUT {ALL}/{'x' * (LONGEST_ID + 1)}", {"identity_provider": {}}).code == 400
