"""Servers from the request that asks for one to the last trace of it."""

from __future__ import annotations

from pileus.compute.host.fake import Faults
from tests.toy import Toy


def test_a_server_boots(toy: Toy) -> None:
    web = toy.member("alice").boot("web")
    assert toy.sees(web).status == "BUILD"
    toy.settle()
    assert toy.sees(web).status == "ACTIVE"


def test_a_deleted_server_leaves_nothing(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot("web")
    toy.settle()
    assert alice.compute(f"DELETE /servers/{web}").code == 204
    toy.settle()
    assert toy.sees(web).status == 404
    assert alice.network("GET /ports").body == {"ports": []}
    assert toy.admin.placement(f"GET /allocations/{web}").body["allocations"] == {}
    assert all(not host.hypervisor.guests() for host in toy.hosts)


def test_a_server_deleted_while_it_is_built_leaves_nothing(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot("web")
    alice.compute(f"DELETE /servers/{web}")
    toy.settle()
    assert toy.sees(web).status == 404
    assert alice.network("GET /ports").body == {"ports": []}


def test_a_silent_host_does_not_keep_its_servers_owner_waiting(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot("web")
    toy.settle()
    host = toy.host_of(web)
    host.vanish()
    alice.compute(f"DELETE /servers/{web}")
    toy.settle(seconds=60)
    assert toy.sees(web).status == 404
    assert toy.admin.placement(f"GET /allocations/{web}").body["allocations"]
    host.is_there = True
    toy.settle(seconds=1)
    assert toy.admin.placement(f"GET /allocations/{web}").body["allocations"] == {}


def test_a_server_stops_starts_pauses_and_sleeps(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot("web")
    toy.settle()
    for action, status in (
        ("os_stop", "SHUTOFF"),
        ("os_start", "ACTIVE"),
        ("pause", "PAUSED"),
        ("unpause", "ACTIVE"),
        ("suspend", "SUSPENDED"),
        ("resume", "ACTIVE"),
    ):
        assert alice.act(web, **{action: None}).code == 202
        toy.settle()
        assert toy.sees(web).status == status


def test_a_guest_that_cannot_be_made_says_why(toy: Toy) -> None:
    for host in toy.hosts:
        host.hypervisor.faults = Faults(fail_define=100, hopeless=True)
    web = toy.member("alice").boot("web")
    toy.settle()
    seen = toy.sees(web)
    assert seen.status == "ERROR"
    assert seen.fault["message"]


def test_a_server_that_fits_nowhere_says_what_would(toy: Toy) -> None:
    huge = toy.make_flavor("huge", ram=10**7, vcpus=1, disk=1)
    alice = toy.member("alice")
    toy.admin.compute(f"PUT /os-quota-sets/{alice.project_id}", {"quota_set": {"ram": -1}})
    web = alice.boot("web", flavorRef=huge)
    toy.settle()
    assert "Flavor toy would fit on 2" in toy.sees(web).fault["message"]


def test_two_servers_never_share_an_address(toy: Toy) -> None:
    alice = toy.member("alice")
    several = [alice.boot(f"web-{at}") for at in range(5)]
    toy.settle()
    addresses = {toy.sees(one).addresses["shared"][0]["addr"] for one in several}
    assert len(addresses) == 5


def test_the_quota_refuses_one_server_too_many(toy: Toy) -> None:
    alice = toy.member("alice")
    for at in range(10):
        alice.boot(f"web-{at}")
    body = {"name": "eleventh", "imageRef": toy.image, "flavorRef": toy.flavor, "networks": "none"}
    heard = alice.compute.at("2.37")("POST /servers", {"server": body})
    assert heard.code == 403
    assert "Quota exceeded for instances" in heard.body["forbidden"]["message"]
