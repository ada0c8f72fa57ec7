"""Hosts as operators look after them: hypervisors, services, aggregates and zones."""

from __future__ import annotations

from typing import Any

import pytest

from pileus import fleet
from tests.asking import Heard
from tests.toy import Toy


def host_named(toy: Toy, name: str) -> dict[str, Any]:
    """A hypervisor as the newest version with usage shows it."""
    listed = toy.admin.compute.at("2.87")("GET /os-hypervisors/detail").body["hypervisors"]
    return next(one for one in listed if one["hypervisor_hostname"] == name)


# ── hypervisors ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_hypervisor_tells_what_it_has_and_what_is_given_out(toy: Toy) -> None:
    web = toy.member("alice").boot("web")
    toy.settle()
    host = host_named(toy, toy.host_of(web).name)
    assert (host["vcpus"], host["vcpus_used"], host["memory_mb_used"], host["running_vms"]) == (16, 1, 128, 1)
    assert host["free_ram_mb"] == host["memory_mb"] - 128
    assert (host["state"], host["status"]) == ("up", "enabled")
    sums = toy.admin.compute("GET /os-hypervisors/statistics").body["hypervisor_statistics"]
    assert (sums["count"], sums["vcpus_used"], sums["running_vms"]) == (2, 1, 1)


def test_a_host_that_has_reported_nothing_has_nothing(toy: Toy) -> None:
    toy.cloud.store.write(fleet.join, "newcomer", "nova")
    assert host_named(toy, "newcomer")["vcpus"] == 0


def test_usage_is_no_longer_told_from_2_88_on(toy: Toy) -> None:
    (one, _) = toy.admin.compute.at("2.88")("GET /os-hypervisors/detail").body["hypervisors"]
    assert not {"vcpus", "running_vms", "cpu_info"} & set(one)
    assert "uptime" in one
    assert toy.admin.compute.at("2.88")("GET /os-hypervisors/statistics").code == 404


def test_a_hypervisor_tells_how_long_it_has_been_up(toy: Toy) -> None:
    toy.settle(seconds=3 * 60.0)
    host = host_named(toy, "host-1")
    told = toy.admin.compute.at("2.87")(f"GET /os-hypervisors/{host['id']}/uptime").body["hypervisor"]
    assert set(told) == {"id", "hypervisor_hostname", "state", "status", "uptime"}
    assert " up  0:03,  0 users,  load average: 0.00, 0.00, 0.00" in told["uptime"]
    newer = toy.admin.compute.at("2.88")
    assert newer(f"GET /os-hypervisors/{host['id']}/uptime").code == 404
    assert newer(f"GET /os-hypervisors/{host['id']}").body["hypervisor"]["uptime"] == told["uptime"]


def test_a_host_that_is_down_cannot_tell_how_long_it_has_been_up(toy: Toy) -> None:
    toy.cloud.store.write(fleet.join, "newcomer", "nova")
    newcomer = host_named(toy, "newcomer")["id"]
    assert toy.admin.compute.at("2.87")(f"GET /os-hypervisors/{newcomer}/uptime").code == 400
    assert toy.admin.compute.at("2.88")(f"GET /os-hypervisors/{newcomer}").body["hypervisor"]["uptime"] is None


def test_hypervisors_are_found_by_a_part_of_their_name(toy: Toy) -> None:
    web = toy.member("alice").boot("web")
    toy.settle()
    name, ask = toy.host_of(web).name, toy.admin.compute
    assert [one["hypervisor_hostname"] for one in ask(f"GET /os-hypervisors/{name}/search").body["hypervisors"]] == [
        name
    ]
    (found,) = ask(f"GET /os-hypervisors/{name}/servers").body["hypervisors"]
    assert found["servers"] == [{"uuid": web, "name": f"instance-{web}"}]
    assert ask("GET /os-hypervisors/nowhere/search").code == 404
    newer = ask.at("2.53")("GET /os-hypervisors", hypervisor_hostname_pattern=name, with_servers="true")
    assert newer.body["hypervisors"][0]["servers"] == found["servers"]


def test_hypervisors_go_by_number_and_later_by_identifier(toy: Toy) -> None:
    ask = toy.admin.compute
    old, new = (ask.at(at)("GET /os-hypervisors").body["hypervisors"][0]["id"] for at in ("2.52", "2.53"))
    assert isinstance(old, int)
    assert ask.at("2.52")(f"GET /os-hypervisors/{old}").code == 200
    assert ask.at("2.53")(f"GET /os-hypervisors/{new}").code == 200
    assert ask.at("2.53")(f"GET /os-hypervisors/{old}").code == 404


def test_hypervisors_come_in_pages(toy: Toy) -> None:
    ask = toy.admin.compute.at("2.53")
    first = ask("GET /os-hypervisors", limit=1).body
    rest = ask("GET /os-hypervisors", marker=first["hypervisors"][0]["id"]).body
    assert first["hypervisors_links"]
    assert len(rest["hypervisors"]) == 1
    assert ask("GET /os-hypervisors", marker="nowhere").code == 400


def test_older_callers_list_hosts(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot("web")
    toy.settle()
    name = toy.host_of(web).name
    listed = toy.admin.compute("GET /os-hosts").body["hosts"]
    assert {"host_name": name, "service": "compute", "zone": "nova"} in listed
    lines = [one["resource"] for one in toy.admin.compute(f"GET /os-hosts/{name}").body["host"]]
    assert next(one for one in lines if one["project"] == alice.project_id)["memory_mb"] == 128
    assert toy.admin.compute("GET /os-hosts/nowhere").code == 404
    assert toy.admin.compute.at("2.43")("GET /os-hosts").code == 404


# ── services ─────────────────────────────────────────────────────────────────────────────────────────────


def service_of(toy: Toy, name: str) -> dict[str, Any]:
    """A host's service."""
    (found,) = toy.admin.compute.at("2.53")("GET /os-services", host=name).body["services"]
    return dict(found)


def test_a_disabled_host_takes_no_new_servers(toy: Toy) -> None:
    body = {"status": "disabled", "disabled_reason": "a fan"}
    heard = toy.admin.compute.at("2.53")(f"PUT /os-services/{service_of(toy, 'host-1')['id']}", body)
    assert (heard.body["service"]["status"], heard.body["service"]["disabled_reason"]) == ("disabled", "a fan")
    alice = toy.member("alice")
    several = [alice.boot(f"web-{at}") for at in range(3)]
    toy.settle()
    assert {toy.host_of(one).name for one in several} == {"host-2"}


def test_a_host_is_declared_down_and_up_again(toy: Toy) -> None:
    path = f"PUT /os-services/{service_of(toy, 'host-1')['id']}"
    for down, state in ((True, "down"), (False, "up")):
        assert toy.admin.compute.at("2.53")(path, {"forced_down": down}).body["service"]["state"] == state


def test_a_silent_host_is_down(toy: Toy) -> None:
    toy.hosts[0].vanish()
    toy.settle(seconds=300)
    assert service_of(toy, "host-1")["state"] == "down"
    assert service_of(toy, "host-2")["state"] == "up"


@pytest.mark.parametrize("body", [{}, {"disabled_reason": "a fan"}, {"status": "broken"}, {"colour": 1}], ids=str)
def test_a_change_of_a_service_that_makes_no_sense_is_refused(toy: Toy, body: dict[str, Any]) -> None:
    assert toy.admin.compute.at("2.53")(f"PUT /os-services/{service_of(toy, 'host-1')['id']}", body).code == 400


def test_older_callers_name_a_service_by_host_and_binary(toy: Toy) -> None:
    named = {"host": "host-1", "binary": "nova-compute"}
    ask = toy.admin.compute.at("2.11")
    assert ask("PUT /os-services/disable", named).body["service"]["status"] == "disabled"
    assert ask("PUT /os-services/disable-log-reason", named).code == 400
    told = ask("PUT /os-services/disable-log-reason", {**named, "disabled_reason": "a fan"})
    assert told.body["service"]["disabled_reason"] == "a fan"
    assert ask("PUT /os-services/enable", named).body["service"]["status"] == "enabled"
    assert ask("PUT /os-services/force-down", {**named, "forced_down": True}).body["service"]["forced_down"]
    assert ask("PUT /os-services/enable", {**named, "host": "nowhere"}).code == 404


def test_a_host_with_servers_stays_in_the_fleet(toy: Toy) -> None:
    web = toy.member("alice").boot("web")
    toy.settle()
    busy = toy.host_of(web).name
    (idle,) = {"host-1", "host-2"} - {busy}
    delete = {name: f"DELETE /os-services/{service_of(toy, name)['id']}" for name in (busy, idle)}
    assert toy.admin.compute.at("2.53")(delete[busy]).code == 409
    assert toy.admin.compute.at("2.53")(delete[idle]).code == 204
    (left,) = toy.admin.compute("GET /os-hypervisors").body["hypervisors"]
    assert left["hypervisor_hostname"] == busy


# ── aggregates and zones ─────────────────────────────────────────────────────────────────────────────────


def make_aggregate(toy: Toy, name: str, zone: str | None = None) -> str:
    """The path of a new aggregate."""
    body = {"aggregate": {"name": name, "availability_zone": zone}}
    return f"/os-aggregates/{toy.admin.compute('POST /os-aggregates', body).body['aggregate']['id']}"


def act(toy: Toy, path: str, **action: Any) -> Heard:
    """An action on an aggregate."""
    return toy.admin.compute(f"POST {path}/action", action)


def test_an_aggregate_gains_and_loses_hosts(toy: Toy) -> None:
    path = make_aggregate(toy, "fast")
    assert act(toy, path, add_host={"host": "host-1"}).body["aggregate"]["hosts"] == ["host-1"]
    assert act(toy, path, add_host={"host": "host-1"}).code == 409
    assert act(toy, path, add_host={"host": "nowhere"}).code == 404
    assert toy.admin.compute(f"DELETE {path}").code == 409
    assert act(toy, path, remove_host={"host": "host-1"}).body["aggregate"]["hosts"] == []
    assert act(toy, path, remove_host={"host": "host-1"}).code == 404
    assert toy.admin.compute(f"DELETE {path}").code == 200
    assert toy.admin.compute(f"GET {path}").code == 404


def test_an_aggregate_is_renamed_and_described(toy: Toy) -> None:
    path = make_aggregate(toy, "fast")
    make_aggregate(toy, "slow")
    ask = toy.admin.compute
    assert ask(f"PUT {path}", {"aggregate": {"name": "swift"}}).body["aggregate"]["name"] == "swift"
    assert ask(f"PUT {path}", {"aggregate": {"name": "slow"}}).code == 409
    assert ask(f"PUT {path}", {"aggregate": {}}).code == 400
    assert act(toy, path, set_metadata={"metadata": {"ssd": "true"}}).body["aggregate"]["metadata"] == {"ssd": "true"}
    assert act(toy, path, set_metadata={"metadata": {"ssd": None}}).body["aggregate"]["metadata"] == {}
    assert ask("POST /os-aggregates", {"aggregate": {"name": "slow", "availability_zone": None}}).code == 409
    for number in ("x", "-1", "9" * 20):
        assert ask(f"GET /os-aggregates/{number}").code in (400, 404)


def test_a_zone_is_an_aggregates_and_a_host_has_only_one(toy: Toy) -> None:
    east, west = make_aggregate(toy, "east", "east"), make_aggregate(toy, "west", "west")
    act(toy, east, add_host={"host": "host-1"})
    assert act(toy, west, add_host={"host": "host-1"}).code == 409
    alice = toy.member("alice")
    told = alice.compute("GET /os-availability-zone").body["availabilityZoneInfo"]
    assert {one["zoneName"]: one["hosts"] for one in told} == {"east": None, "nova": None}
    assert alice.compute("GET /os-availability-zone/detail").code == 403
    whole = toy.admin.compute("GET /os-availability-zone/detail").body["availabilityZoneInfo"]
    assert list(whole[0]["hosts"]) == ["host-1"]


def test_a_server_goes_to_the_zone_it_asks_for(toy: Toy) -> None:
    act(toy, make_aggregate(toy, "east", "east"), add_host={"host": "host-2"})
    alice = toy.member("alice")
    several = [alice.boot(f"web-{at}", availability_zone="east") for at in range(3)]
    toy.settle()
    assert {toy.host_of(one).name for one in several} == {"host-2"}
    assert toy.sees(several[0]).pinned_availability_zone == "east"


def test_what_hosts_are_is_none_of_a_members_business(toy: Toy) -> None:
    ask = toy.member("alice").compute
    for path in ("/os-hypervisors", "/os-hypervisors/detail", "/os-services", "/os-aggregates", "/os-hosts"):
        assert ask(f"GET {path}").code == 403
