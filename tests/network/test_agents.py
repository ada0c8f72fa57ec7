"""Hosts, as what serves networks."""

from __future__ import annotations

from tests.asking import Asker
from tests.network.conftest import Cloud


def test_an_administrator_sees_every_host(cloud: Cloud, member: Asker, admin: Asker) -> None:
    one = cloud.host("h1")
    cloud.host("h2")
    found = admin("GET /agents").body["agents"]
    assert [(agent["host"], agent["alive"], agent["availability_zone"]) for agent in found] == [
        ("h1", False, "nova"),
        ("h2", False, "nova"),
    ]
    assert [agent["host"] for agent in admin("GET /agents", host="h2").body["agents"]] == ["h2"]
    assert admin("GET /agents", alive="true").body["agents"] == []
    assert [agent["host"] for agent in admin("GET /agents", sort_key="host", sort_dir="desc").body["agents"]] == [
        "h2",
        "h1",
    ]
    assert admin(f"GET /agents/{one}", fields="host").body == {"agent": {"host": "h1"}}
    assert admin("GET /agents/nobody").code == 404


def test_others_see_no_host(cloud: Cloud, member: Asker) -> None:
    one = cloud.host("h1")
    assert member("GET /agents").body == {"agents": []}
    assert member(f"GET /agents/{one}").code == 403


def test_zones_are_those_of_the_hosts(cloud: Cloud, member: Asker) -> None:
    assert member("GET /availability_zones").body == {"availability_zones": []}
    cloud.host("h1")
    zone = {"name": "nova", "resource": "network", "state": "available"}
    assert member("GET /availability_zones").body == {"availability_zones": [zone]}
    assert member("GET /availability_zones", resource="router").body == {"availability_zones": []}
