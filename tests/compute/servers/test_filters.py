"""What filters find, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from pileus.compute.servers.filters import expression
from pileus.kernel.errors import Invalid
from tests.compute.servers.lists import EVERYBODY, names, with_servers
from tests.toy import Caller, Toy


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    """One cloud for all: nothing here changes it."""
    made = Toy(tmp_path_factory.mktemp("filters"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def alice(toy: Toy) -> Caller:
    """Somebody with three servers."""
    return with_servers(toy)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "t"}, ["three", "two"]),
        ({"name": "^t"}, ["three", "two"]),
        ({"name": "%"}, []),
        ({"status": "shutoff"}, ["two"]),
        ({"status": ["SHUTOFF", "ACTIVE"]}, EVERYBODY),
        ({"status": ["SHUTOFF", "nonsense"]}, ["two"]),
        ({"locked": "true"}, ["two"]),
        ({"tags": "Blue,cold"}, ["two"]),
        ({"tags": "blue"}, []),
        ({"tags-any": "cold,warm"}, ["two"]),
        ({"not-tags": "Blue,cold"}, ["three", "one"]),
        ({"not-tags-any": "warm,cold"}, ["three", "one"]),
        ({"flavor": "nowhere"}, []),
        ({"image": "nowhere"}, []),
        ({"ip": "^10\\.0\\."}, EVERYBODY),
        ({"ip": "^192"}, []),
        ({"ip6": "10"}, []),
        ({"changes-since": "2000-01-01T00:00:00Z"}, EVERYBODY),
        ({"changes-since": "2100-01-01T00:00:00Z"}, []),
        ({"changes-before": "2000-01-01T00:00:00Z"}, []),
    ],
    ids=str,
)
def test_an_owners_list_can_be_narrowed(alice: Caller, query: dict[str, Any], found: list[str]) -> None:
    assert names(alice, "2.73", **query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"vm_state": "stopped"}, ["two"]),
        ({"power_state": "4"}, ["two"]),
        ({"task_state": "deleting"}, []),
        ({"availability_zone": "nov"}, EVERYBODY),
        ({"key_name": "mine"}, []),
        ({"progress": "100"}, ["three", "one"]),
        ({"progress": "0"}, []),
        ({"progress": "50"}, []),
        ({"config_drive": "true"}, []),
        ({"config_drive": "False"}, EVERYBODY),
        ({"user_id": "nobody"}, []),
        ({"launched_at": "2000-01-01T00:00:00Z"}, []),
        ({"terminated_at": "2000-01-01T00:00:00Z"}, []),
    ],
    ids=str,
)
def test_some_filters_are_administrators_until_2_83(
    toy: Toy, alice: Caller, query: dict[str, Any], found: list[str]
) -> None:
    assert names(alice, "2.82", **query) == EVERYBODY
    assert names(alice, "2.83", **query) == found
    assert names(toy.admin, "2.1", all_tenants=1, **query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"host": "host-9"}, []),
        ({"node": "host-"}, EVERYBODY),
        ({"launch_index": "0"}, EVERYBODY),
        ({"launch_index": "1"}, []),
        ({"access_ip_v4": "192.0.2.9"}, ["two"]),
        ({"locked_by": "owner"}, ["two"]),
        ({"kernel_id": "k"}, []),
        ({"ramdisk_id": "r"}, []),
        ({"root_device_name": "vda$"}, EVERYBODY),
        ({"root_device_name": "sda"}, []),
        ({"auto_disk_config": "manual"}, EVERYBODY),
        ({"auto_disk_config": "AUTO"}, []),
        ({"description": "web"}, []),
        ({"uuid": "nobody"}, []),
    ],
    ids=str,
)
def test_other_filters_are_administrators_only(
    toy: Toy, alice: Caller, query: dict[str, Any], found: list[str]
) -> None:
    assert names(alice, "2.104", **query) == EVERYBODY
    assert names(toy.admin, "2.104", all_tenants=1, **query) == found


def test_a_host_name_is_sought_by_owners_since_2_90(alice: Caller) -> None:
    assert names(alice, "2.89", hostname="two") == EVERYBODY
    assert names(alice, "2.90", hostname="two") == ["two"]


def test_moments_are_sought_to_the_second(alice: Caller) -> None:
    (two,) = [one for one in alice.compute("GET /servers/detail").body["servers"] if one["name"] == "two"]
    assert names(alice, "2.83", created_at=two["created"]) == ["two"]
    a_second_later = datetime.fromisoformat(two["created"]) + timedelta(seconds=1)
    assert "two" not in names(alice, "2.83", created_at=a_second_later.isoformat())


def test_a_status_that_does_not_exist_finds_nobody_or_is_refused(alice: Caller) -> None:
    assert names(alice, "2.37", status="nonsense") == []
    assert alice.compute.at("2.38")("GET /servers", status="nonsense").code == 400


@pytest.mark.parametrize("pattern", ["(a+)+", "(", "a{1}b{2}c{3}d{4}", "x" * 300, "a{99999999999}"])
def test_an_expression_that_would_take_forever_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        expression(pattern)
