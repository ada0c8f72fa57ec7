"""What a new token carries on from the proof it is made by."""

from __future__ import annotations

from pileus.identity.auth.issue import new_token
from pileus.identity.auth.methods import Proof
from pileus.identity.auth.scopes import Chosen
from tests.identity.small_cloud import SmallCloud


def test_a_token_made_from_another_ends_with_it_and_tells_of_it(cloud: SmallCloud):
    alice = cloud.user_id("alice")
    first = cloud.store.read(new_token, Proof(alice, 0, ("password",)), Chosen("", "", alice))
    cloud.clock.forward(60)
    proof = Proof(alice, 0, ("password", "token"), former=first)
    second = cloud.store.read(new_token, proof, Chosen("project", cloud.project_id("web"), alice))
    assert second.expires == first.expires
    assert second.issued == first.issued + 60
    assert second.audit_ids[1:] == first.audit_ids[-1:]
    assert second.audit_ids[0] != first.audit_ids[0]


def test_who_came_by_another_provider_is_remembered_by_the_token(cloud: SmallCloud):
    alice = cloud.user_id("alice")
    proof = Proof(alice, 0, ("mapped",), federation=("acme", "openid"))
    assert cloud.store.read(new_token, proof, Chosen("", "", alice)).federation == ("acme", "openid")
