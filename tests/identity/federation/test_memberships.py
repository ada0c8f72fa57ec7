"""Memberships that end by themselves, and what ends with them."""

from __future__ import annotations

from pileus.identity.federation.memberships import lent_to
from tests.identity.federation.federated import Federate, Federation
from tests.identity.small_cloud import in_project


def test_a_role_ends_with_the_membership_it_came_by(federation: Federation):
    ttl = {"identity_provider": {"authorization_ttl": 5}}
    federation.admin("PATCH /OS-FEDERATION/identity_providers/acme", ttl)
    ann = federation.come()
    scoped = federation.cloud.by_token(ann.token, in_project("web"))
    token = {"x-subject-token": scoped.headers["x-subject-token"]}
    user_id = scoped.body["token"]["user"]["id"]
    assert federation.admin("GET /auth/tokens", headers=token).code == 200
    (group,) = federation.admin(f"GET /users/{user_id}/groups").body["groups"]
    assert (group["name"], group["membership_expires_at"] is None) == ("staff", False)
    assert len(federation.admin(f"GET /role_assignments?effective&user.id={user_id}").body["role_assignments"]) == 2
    federation.cloud.clock.forward(5 * 60)
    assert federation.admin("GET /auth/tokens", headers=token).code == 404
    assert ann("GET /auth/projects").body["projects"] == []
    assert federation.admin(f"GET /users/{user_id}/groups").body["groups"] == []
    assert federation.cloud.store.read(lent_to, user_id) == []
    federation.come()
    assert ann("GET /auth/projects").body["projects"] != []


def test_without_a_time_of_the_providers_own_it_lasts_as_long_as_a_token(federation: Federation):
    ann = federation.come()
    federation.cloud.clock.forward(federation.cloud.settings.token_seconds - 1)
    assert len(ann("GET /auth/projects").body["projects"]) == 1
    federation.cloud.clock.forward(1)
    assert ann("GET /auth/projects").code == 401


def test_it_holds_on_both_databases(federate: Federate, database_url: str):
    federation = federate(database_url)
    ann = federation.come()
    assert len(ann("GET /auth/projects").body["projects"]) == 1
    federation.admin("DELETE /OS-FEDERATION/identity_providers/acme")
    assert federation.admin("GET /users", domain_id=federation.domain_id).body["users"] == []
