"""What a guest reads about itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from msgspec.structs import replace

from pileus.compute.host.metadata import EC2, OPENSTACK, answer, for_drive
from pileus.compute.host.spec import Guest
from tests.compute.host.specs import guest

KEY = "ssh-ed25519 AAAA laptop"
GUEST = guest(
    name="web",
    metadata={
        "hostname": "web.example",
        "availability_zone": "nova",
        "project_id": "p1",
        "public_keys": {"laptop": KEY},
        "meta": {"role": "<web> && $(reboot)"},
    },
    network_data={"links": [], "networks": [{"type": "ipv4", "ip_address": "10.1.2.3"}], "services": []},
    ec2={"instance-type": "m1.tiny", "security-groups": "default"},
    user_data=base64.b64encode(b"#!/bin/sh\necho hello\n").decode(),
)


def text(path: str, of: Guest = GUEST) -> str | None:
    found = answer(of, path)
    return None if found is None else found.decode()


def document(path: str) -> dict[str, Any]:
    found = answer(GUEST, path, seed=b"random")
    assert found is not None
    read = json.loads(found)
    assert isinstance(read, dict)
    return read


def test_the_root_lists_the_ec2_versions_and_openstack() -> None:
    assert text("/") == "\n".join([*EC2, "openstack"])
    assert text("") == text("/")


def test_openstack_lists_its_versions_with_and_without_a_slash() -> None:
    assert text("/openstack") == text("/openstack/") == "\n".join(OPENSTACK)


def test_a_version_lists_its_documents() -> None:
    latest = "meta_data.json user_data password vendor_data.json network_data.json vendor_data2.json".split()
    assert text("/openstack/latest") == "\n".join(latest)
    assert text("/openstack/2012-08-10") == "meta_data.json\nuser_data"
    assert "vendor_data2.json" not in (text("/openstack/2015-10-15") or "")


def test_meta_data_is_what_the_cloud_gave_and_who_the_guest_is() -> None:
    read = document("/openstack/latest/meta_data.json")
    assert read["uuid"] == GUEST.id
    assert read["name"] == "web"
    assert read["hostname"] == "web.example"
    assert read["public_keys"] == {"laptop": KEY}
    assert read["meta"] == {"role": "<web> && $(reboot)"}
    assert base64.b64decode(read["random_seed"]) == b"random"


def test_fields_appear_with_their_version() -> None:
    assert "random_seed" not in document("/openstack/2012-08-10/meta_data.json")
    assert "project_id" not in document("/openstack/2013-10-17/meta_data.json")
    assert document("/openstack/2015-10-15/meta_data.json")["project_id"] == "p1"
    assert "devices" in document("/openstack/2016-06-30/meta_data.json")


def test_network_data_is_passed_on() -> None:
    assert document("/openstack/latest/network_data.json") == GUEST.network_data


def test_user_data_is_read_as_its_owner_wrote_it() -> None:
    assert text("/openstack/latest/user_data") == text("/latest/user-data") == "#!/bin/sh\necho hello\n"


def test_without_user_data_there_is_none() -> None:
    assert text("/latest/user-data", replace(GUEST, user_data="")) is None
    assert text("/openstack/latest/user_data", replace(GUEST, user_data="")) is None


@pytest.mark.parametrize("version", EC2)
def test_every_ec2_version_tells_the_same(version: str) -> None:
    assert text(f"/{version}") == text(f"/{version}/") == "meta-data/\nuser-data"
    assert text(f"/{version}/meta-data/hostname") == "web.example"


def test_ec2_values_are_read_one_by_one() -> None:
    values = {
        "instance-id": "i-00000001",
        "instance-type": "m1.tiny",
        "local-ipv4": "10.1.2.3",
        "placement/availability-zone": "nova",
        "placement/": "availability-zone",
        "public-keys/": "0=laptop",
        "public-keys/0/": "openssh-key",
        "public-keys/0/openssh-key": KEY,
        "security-groups": "default",
        "block-device-mapping/ami": "vda",
    }
    assert {path: text(f"/latest/meta-data/{path}") for path in values} == values


def test_ec2_lists_folders_with_a_slash() -> None:
    listed = (text("/latest/meta-data/") or "").split("\n")
    assert {"placement/", "public-keys/", "block-device-mapping/", "kernel-id", "ramdisk-id"} <= set(listed)


def test_a_guest_without_key_has_no_keys() -> None:
    assert "public-keys/" not in (text("/latest/meta-data", replace(GUEST, metadata={})) or "").split("\n")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/latest/meta-data/../../openstack",
        "/openstack/latest/meta_data.json/x",
        "/latest/meta-data/public-keys/0=laptop",
        "/openstack/../../etc/passwd",
        "/\x00",
    ],
)
def test_there_is_nothing_anywhere_else(path: str) -> None:
    assert text(path) is None


def test_what_is_not_base64_is_passed_on_as_it_is() -> None:
    assert text("/latest/user-data", replace(GUEST, user_data="abcde")) == "abcde"


def test_a_drive_has_the_same_with_ec2_in_one_document() -> None:
    drive = for_drive(GUEST)
    assert set(drive) == {"openstack", "ec2"}
    openstack, ec2 = drive["openstack"], drive["ec2"]
    assert isinstance(openstack, dict)
    assert isinstance(ec2, dict)
    assert set(openstack) == set(OPENSTACK)
    latest = ec2["latest"]
    assert isinstance(latest, dict)
    assert isinstance(latest["meta-data.json"], bytes)
    assert json.loads(latest["meta-data.json"])["placement"] == {"availability-zone": "nova"}
