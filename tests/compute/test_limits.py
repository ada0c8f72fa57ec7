"""Limits: what a project may have and has, as each version tells it."""

from __future__ import annotations

from tests.toy import Toy


def test_limits_tell_what_is_used(toy: Toy) -> None:
    alice = toy.member("alice")
    alice.boot("web")
    told = alice.compute("GET /limits").body["limits"]["absolute"]
    assert (told["totalInstancesUsed"], told["totalCoresUsed"], told["totalRAMUsed"]) == (1, 1, 128)
    assert (told["maxTotalInstances"], told["maxPersonality"], told["maxImageMeta"]) == (10, 5, 128)


def test_newer_versions_tell_less(toy: Toy) -> None:
    ask = toy.member("alice").compute
    assert "maxSecurityGroups" in ask.at("2.35")("GET /limits").body["limits"]["absolute"]
    assert "maxSecurityGroups" not in ask.at("2.36")("GET /limits").body["limits"]["absolute"]
    assert "maxImageMeta" not in ask.at("2.39")("GET /limits").body["limits"]["absolute"]
    assert "maxPersonality" not in ask.at("2.57")("GET /limits").body["limits"]["absolute"]


def test_another_projects_limits_are_for_administrators(toy: Toy) -> None:
    alice, bob = toy.member("alice"), toy.member("bob")
    alice.boot("web")
    assert bob.compute("GET /limits", tenant_id=alice.project_id).code == 403
    told = toy.admin.compute("GET /limits", tenant_id=alice.project_id).body["limits"]["absolute"]
    assert told["totalInstancesUsed"] == 1
