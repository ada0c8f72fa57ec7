"""Users who stand for people of other providers."""

from __future__ import annotations

from pileus.identity.federation.shadows import shadow_id
from tests.identity.federation.federated import Federation


def test_a_shadow_keeps_its_id_even_when_it_was_removed(federation: Federation):
    first = federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]["id"]
    assert first == shadow_id("acme", "ann")
    assert federation.admin(f"DELETE /users/{first}").code == 204
    assert federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]["id"] == first


def test_somebody_who_comes_by_another_protocol_is_the_same_user(federation: Federation):
    first = federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]["id"]
    place = "/OS-FEDERATION/identity_providers/acme/protocols"
    federation.admin(f"DELETE {place}/openid")
    federation.admin(f"PUT {place}/openid", {"protocol": {"mapping_id": "people"}})
    assert federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]["id"] == first


def test_a_shadow_that_was_disabled_does_not_get_in(federation: Federation):
    user = federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]["id"]
    federation.admin(f"PATCH /users/{user}", {"user": {"enabled": False}})
    assert federation.arrive(federation.provider.token_for("ann")).code == 401


def test_nobody_logs_in_as_a_shadow_by_password(federation: Federation):
    federation.come()
    assert federation.cloud.by_password("ann", "", domain=federation.domain_id).code == 401


def test_who_was_linked_by_hand_arrives_as_that_user(federation: Federation):
    somebody = {"idp_id": "acme", "protocols": [{"protocol_id": "openid", "unique_id": "ann"}]}
    user = {"name": "ann", "domain_id": federation.domain_id, "federated": [somebody]}
    made = federation.admin("POST /users", {"user": user}).body["user"]
    arrived = federation.arrive(federation.provider.token_for("ann")).body["token"]["user"]
    assert arrived["id"] == made["id"]
    assert federation.admin(f"GET /users/{made['id']}").body["user"]["federated"] == [somebody]
