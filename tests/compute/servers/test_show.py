"""A server as each version of the API shows it."""

from __future__ import annotations

from typing import Any

from tests.toy import Caller, Toy


def shown(who: Caller, server_id: str, version: str) -> dict[str, Any]:
    """The server at a version."""
    heard = who.compute.at(version)(f"GET /servers/{server_id}")
    assert heard.code == 200, heard.content
    return dict(heard.body["server"])


def running(toy: Toy, **more: Any) -> str:
    """A server that runs."""
    web = toy.member("alice").boot("web", **more)
    toy.settle()
    return web


def test_the_oldest_version_shows_what_every_client_knows(toy: Toy) -> None:
    alice, web = toy.member("alice"), running(toy, metadata={"a": "1"})
    told = shown(alice, web, "2.1")
    assert (told["status"], told["progress"], told["metadata"]) == ("ACTIVE", 100, {"a": "1"})
    assert (told["tenant_id"], told["user_id"], told["key_name"]) == (alice.project_id, alice.user_id, None)
    assert set(told["flavor"]) == {"id", "links"}
    assert told["image"]["id"] == toy.image
    assert told["security_groups"] == [{"name": "default"}]
    assert not {"locked", "description", "tags", "OS-EXT-SRV-ATTR:host", "pinned_availability_zone"} & set(told)
    ((network, (address,)),) = told["addresses"].items()
    assert (network, address["version"], address["OS-EXT-IPS:type"]) == ("shared", 4, "fixed")


def test_each_version_adds_its_own(toy: Toy) -> None:
    alice, web = toy.member("alice"), running(toy)
    assert shown(alice, web, "2.9")["locked"] is False
    assert shown(alice, web, "2.26")["tags"] == []
    assert "original_name" not in shown(alice, web, "2.46")["flavor"]
    flavor = shown(alice, web, "2.47")["flavor"]
    assert (flavor["original_name"], flavor["ram"], flavor["extra_specs"]) == ("toy", 128, {})
    assert shown(alice, web, "2.75")["server_groups"] == []
    assert "pinned_availability_zone" in shown(alice, web, "2.96")
    newest = shown(alice, web, "2.104")
    assert (newest["scheduler_hints"], newest["OS-EXT-SRV-ATTR:hostname"]) == ({}, "web")


def test_where_it_is_only_administrators_see(toy: Toy) -> None:
    web = running(toy)
    told = shown(toy.admin, web, "2.16")
    assert told["OS-EXT-SRV-ATTR:host"] in ("host-1", "host-2")
    assert told["host_status"] == "UP"
    mine = shown(toy.member("alice"), web, "2.16")
    assert "host_status" not in mine
    assert mine["hostId"] == told["hostId"] != ""


def test_an_update_answers_as_its_version_does(toy: Toy) -> None:
    alice, web = toy.member("alice"), running(toy)
    body = {"server": {"name": " new ", "accessIPv4": "192.0.2.1"}}
    old = alice.compute(f"PUT /servers/{web}", body).body["server"]
    assert (old["name"], old["accessIPv4"]) == ("new", "192.0.2.1")
    assert "OS-EXT-STS:vm_state" not in old
    new = alice.compute.at("2.90")(f"PUT /servers/{web}", {"server": {"hostname": "Web-2", "description": None}})
    assert (new.body["server"]["OS-EXT-SRV-ATTR:hostname"], new.body["server"]["OS-EXT-STS:vm_state"]) == (
        "Web-2",
        "active",
    )
    for version, wrong in (("2.1", {"name": ""}), ("2.1", {"status": "x"}), ("2.90", {"hostname": "-"})):
        assert alice.compute.at(version)(f"PUT /servers/{web}", {"server": wrong}).code == 400


def test_a_server_is_pinned_only_to_the_zone_it_is_in(toy: Toy) -> None:
    alice, web = toy.member("alice"), running(toy)
    ask = alice.compute.at("2.104")
    path = f"PUT /servers/{web}"
    assert ask(path, {"server": {"pinned_availability_zone": "moon"}}).code == 409
    for zone in ("nova", None):
        told = ask(path, {"server": {"pinned_availability_zone": zone}}).body["server"]
        assert told["pinned_availability_zone"] == zone


def test_its_addresses_can_be_asked_by_network(toy: Toy) -> None:
    alice, web = toy.member("alice"), running(toy)
    every = alice.compute(f"GET /servers/{web}/ips").body["addresses"]
    assert set(every["shared"][0]) == {"addr", "version"}
    assert alice.compute(f"GET /servers/{web}/ips/shared").body == every
    assert alice.compute(f"GET /servers/{web}/ips/nowhere").code == 404
