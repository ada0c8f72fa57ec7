"""What may be asked when servers are made."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.compute.servers.create import host_name
from tests.asking import Heard
from tests.toy import Caller, Toy

NOBODYS = "b1946ac9-2492-4d23-b7cb-2c2f4b3a6a2e"


def create(who: Caller, version: str = "2.37", beside: dict[str, Any] | None = None, **more: Any) -> Heard:
    """What is said to a request for a server."""
    plain = {"name": "web", "imageRef": who.toy.image, "flavorRef": who.toy.flavor}
    nets = {} if version == "2.1" else {"networks": "none"}
    return who.compute.at(version)("POST /servers", {"server": {**plain, **nets, **more}, **(beside or {})})


@pytest.mark.parametrize(
    "wrong",
    [
        *({"name": ""}, {"name": " "}, {"name": "x" * 256}, {"name": None}, {"name": "a\nb"}),
        *({"imageRef": ""}, {"imageRef": NOBODYS}, {"imageRef": "http://images/1"}, {"imageRef": 7}),
        *({"flavorRef": "nowhere"}, {"flavorRef": None}, {"flavorRef": 10**30}),
        *({"key_name": "nowhere"}, {"availability_zone": "nowhere"}, {"user_data": "no base64"}, {"user_data": "€"}),
        *({"user_data": "YQ==" * 20000}, {"min_count": 0}, {"min_count": 3, "max_count": 2}, {"max_count": 101}),
        *({"networks": [{"uuid": NOBODYS}]}, {"networks": [{"port": NOBODYS}]}, {"networks": [{}]}),
        *({"networks": "some"}, {"networks": [{"uuid": "x"}]}, {"networks": [{"uuid": NOBODYS, "fixed_ip": "x"}]}),
        *({"security_groups": [{"name": "nowhere"}]}, {"metadata": {"a" * 256: "1"}}, {"metadata": {"a": 1}}),
        *({"block_device_mapping": [{"volume_id": NOBODYS}]}, {"block_device_mapping_v2": [{"boot_index": "1"}]}),
        *({"accessIPv4": "::1"}, {"OS-DCF:diskConfig": "auto"}, {"config_drive": "perhaps"}, {"colour": "red"}),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_leaves_nothing(toy: Toy, wrong: dict[str, Any]) -> None:
    alice = toy.member("alice")
    assert create(alice, **wrong).code == 400
    assert alice.compute("GET /servers").body["servers"] == []


@pytest.mark.parametrize(
    "hints",
    [{"same_host": 7}, {"same_host": ["x"]}, {"different_host": [{}]}, {"group": {}}, {"group": NOBODYS}, []],
)
@pytest.mark.parametrize("wire", ["os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"])
def test_hints_name_servers(toy: Toy, wire: str, hints: Any) -> None:
    assert create(toy.member("alice"), beside={wire: hints}).code == 400


@pytest.mark.parametrize("hostname", ["", "-x", "a b", "x" * 64, "a/b"])
def test_a_host_name_is_one(toy: Toy, hostname: str) -> None:
    assert create(toy.member("alice"), "2.90", hostname=hostname).code == 400


def test_an_image_must_fit_its_flavor(toy: Toy) -> None:
    body = {"name": "big", "disk_format": "raw", "container_format": "bare", "min_ram": 4096, "visibility": "public"}
    big = toy.admin.image("POST /images", body).body["id"]
    content = {"content-type": "application/octet-stream"}
    assert create(toy.member("alice"), imageRef=big).code in (400, 409)
    toy.admin.image(f"PUT /images/{big}/file", b"big", headers=content)
    heard = create(toy.member("alice"), imageRef=big)
    assert "memory is too small" in heard.body["badRequest"]["message"]


def test_an_image_is_of_a_format_that_hosts_boot_from(toy: Toy) -> None:
    body = {"name": "disc", "disk_format": "iso", "container_format": "bare", "visibility": "public"}
    disc = toy.admin.image("POST /images", body).body["id"]
    content = bytes(0x8001) + b"CD001" + bytes(4096)
    sent = toy.admin.image(f"PUT /images/{disc}/file", content, headers={"content-type": "application/octet-stream"})
    assert sent.code == 204
    heard = create(toy.member("alice"), imageRef=disc)
    assert (heard.code, "no host boots from the format iso" in heard.body["badRequest"]["message"]) == (400, True)


def test_several_are_told_apart_by_a_number(toy: Toy) -> None:
    alice = toy.member("alice")
    heard = create(alice, min_count=2, return_reservation_id=True)
    assert set(heard.body) == {"reservation_id"}
    toy.settle()
    listed = alice.compute("GET /servers/detail", reservation_id=heard.body["reservation_id"]).body["servers"]
    assert sorted(one["name"] for one in listed) == ["web-1", "web-2"]


def test_the_answer_says_where_the_server_is_and_its_password(toy: Toy) -> None:
    heard = create(toy.member("alice"), adminPass="secret")
    assert heard.headers["location"].endswith(f"/compute/v2.1/servers/{heard.body['server']['id']}")
    assert heard.body["server"]["adminPass"] == "secret"
    assert heard.body["server"]["security_groups"] == [{"name": "default"}]


def test_where_there_is_one_network_the_oldest_version_takes_it(toy: Toy) -> None:
    made = create(toy.member("alice"), "2.1").body["server"]["id"]
    toy.settle()
    assert list(toy.sees(made).addresses) == ["shared"]


def test_an_administrator_names_the_host(toy: Toy) -> None:
    assert create(toy.member("alice"), availability_zone="nova:host-2").code == 403
    assert create(toy.member("alice"), "2.74", host="host-2").code in (400, 403)
    assert create(toy.admin, availability_zone="nova:nowhere").code == 400
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("2.37", {"availability_zone": "nova:host-2"}),
        ("2.74", {"host": "host-2"}),
    ]
    for version, wish in wishes:
        made = create(toy.admin, version, **wish).body["server"]["id"]
        toy.settle()
        assert toy.host_of(made).name == "host-2"


def test_who_may_only_look_makes_nothing(toy: Toy) -> None:
    assert create(toy.reader("rita", "rita's project")).code == 403


def test_a_name_becomes_a_host_name() -> None:
    assert host_name("My Web_1.Example!") == "my-web-1-example"
    assert host_name("€") == "server"
    assert len(host_name("x" * 200)) == 63


def test_a_host_name_has_a_domain_since_2_94(toy: Toy) -> None:
    alice = toy.member("alice")
    body = {"name": "web", "imageRef": toy.image, "flavorRef": toy.flavor, "networks": "none"}
    for version, hostname, code in (
        ("2.93", "web.example.org", 400),
        ("2.94", "web.example.org", 202),
        ("2.94", "x" * 255, 202),
        ("2.94", "x" * 256, 400),
        ("2.94", "web/1", 400),
        ("2.90", "x" * 64, 400),
        ("2.90", "web-1", 202),
    ):
        heard = alice.compute.at(version)("POST /servers", {"server": {**body, "hostname": hostname}})
        assert (version, hostname, heard.code) == (version, hostname, code)


def test_metadata_has_a_quota_from_the_start(toy: Toy) -> None:
    alice = toy.member("alice")
    assert toy.admin.compute(f"PUT /os-quota-sets/{alice.project_id}", {"quota_set": {"metadata_items": 1}}).code == 200
    body = {"name": "web", "imageRef": toy.image, "flavorRef": toy.flavor, "networks": "auto"}
    for count, code in ((1, 202), (2, 403)):
        asked = {**body, "metadata": {f"k{at}": "v" for at in range(count)}}
        assert alice.compute.at("2.37")("POST /servers", {"server": asked}).code == code
