"""Users who stand for people of identity providers."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.users.federated import links_of
from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud

ANN = {"idp_id": "acme", "protocols": [{"protocol_id": "openid", "unique_id": "ann@acme.test"}]}


@pytest.fixture
def acme(admin: Asker) -> Asker:
    """The administrator, where there is a provider with a protocol."""
    rules = [{"remote": [{"type": "OIDC-sub"}], "local": [{"user": {"id": "{0}", "name": "{0}"}}]}]
    admin("PUT /OS-FEDERATION/mappings/people", {"mapping": {"rules": rules}})
    admin("PUT /OS-FEDERATION/identity_providers/acme", {"identity_provider": {"enabled": True}})
    admin("PUT /OS-FEDERATION/identity_providers/acme/protocols/openid", {"protocol": {"mapping_id": "people"}})
    return admin


def make(acme: Asker, name: str, federated: Any, **more: str) -> Any:
    return acme("POST /users", {"user": {"name": name, "federated": federated, **more}})


def test_a_user_is_made_shown_found_and_changed_with_whom_it_stands_for(cloud: SmallCloud, acme: Asker):
    made = make(acme, "ann", [ANN])
    assert made.code == 201, made.content
    user = made.body["user"]
    assert user["federated"] == [ANN]
    assert acme(f"GET /users/{user['id']}").body["user"]["federated"] == [ANN]
    for query in (
        "idp_id=acme",
        "protocol_id=openid",
        "unique_id=ann@acme.test",
        "idp_id=acme&unique_id=ann@acme.test",
    ):
        (found,) = acme(f"GET /users?{query}").body["users"]
        assert (found["id"], found["federated"]) == (user["id"], [ANN])
    assert acme("GET /users?idp_id=acme&unique_id=other").body["users"] == []
    assert "federated" not in acme(f"GET /users/{cloud.user_id('alice')}").body["user"]
    assert "federated" not in acme(f"PATCH /users/{user['id']}", {"user": {"federated": []}}).body["user"]
    assert cloud.store.read(links_of, [user["id"]]) == {}


def test_a_domains_manager_links_people_of_its_own_provider_only(acme: Asker, household: Household):
    manager = household.asker("manager")
    refused = make(manager, "ann", [ANN], domain_id=household.id)
    assert (refused.code, "belongs to another domain" in refused.body["error"]["message"]) == (403, True)
    place = "/OS-FEDERATION/identity_providers/own"
    acme(f"PUT {place}", {"identity_provider": {"domain_id": household.id}})
    acme(f"PUT {place}/protocols/openid", {"protocol": {"mapping_id": "people"}})
    assert make(manager, "ann", [{**ANN, "idp_id": "own"}], domain_id=household.id).code == 201


def test_somebody_is_one_user_only(acme: Asker):
    assert make(acme, "ann", [ANN]).code == 201
    assert make(acme, "other", [ANN]).code == 409
    assert acme("GET /users?name=other").body["users"] == []


@pytest.mark.parametrize(
    "federated",
    [
        [{**ANN, "idp_id": "none"}],
        [{**ANN, "protocols": [{"protocol_id": "none", "unique_id": "x"}]}],
        [{"idp_id": "acme"}],
        [{**ANN, "more": 1}],
        "acme",
    ],
)
def test_what_is_no_protocol_is_refused(acme: Asker, federated: Any):
    assert make(acme, "ann", federated).code == 400
    assert acme("GET /users?name=ann").body["users"] == []
