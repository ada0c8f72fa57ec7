"""A token as callers see it."""

from __future__ import annotations

from tests.identity.small_cloud import SmallCloud, in_project


def test_a_token_of_a_project_has_just_these_keys(cloud: SmallCloud):
    token = cloud.by_password("alice", scope=in_project("web")).body["token"]
    assert set(token) == {
        *("methods", "user", "audit_ids", "expires_at", "issued_at", "project", "is_domain", "roles", "catalog"),
    }
    assert set(token["user"]) == {"domain", "id", "name", "password_expires_at"}
    assert set(token["project"]) == {"domain", "id", "name"}
    assert token["issued_at"] == "2026-01-01T00:00:00.000000Z"
    assert token["expires_at"] == "2026-01-01T01:00:00.000000Z"


def test_the_catalogue_names_each_endpoint_whole(cloud: SmallCloud):
    token = cloud.by_password("alice", scope=in_project("web")).body["token"]
    for service in token["catalog"]:
        assert set(service) == {"endpoints", "id", "type", "name"}
        assert {one["interface"] for one in service["endpoints"]} == {"public", "internal", "admin"}
        for one in service["endpoints"]:
            assert set(one) == {"id", "interface", "region_id", "url", "region"}
            assert one["region"] == one["region_id"] == "RegionOne"
