"""Which servers a caller finds."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.compute.servers.find import expression
from pileus.kernel.errors import Invalid
from tests.toy import Caller, Toy


def names(who: Caller, version: str = "2.73", **query: Any) -> list[str]:
    """The names a list holds, in its order."""
    heard = who.compute.at(version)("GET /servers/detail", **query)
    assert heard.code == 200, heard.content
    return [one["name"] for one in heard.body["servers"]]


@pytest.fixture
def alice(toy: Toy) -> Caller:
    """Somebody with three servers, made a second apart, the middle one stopped and tagged."""
    found = toy.member("alice")
    for name in ("one", "two", "three"):
        found.boot(name)
        toy.settle()
        toy.settle(seconds=1)
    (two,) = [one["id"] for one in found.compute("GET /servers").body["servers"] if one["name"] == "two"]
    found.act(two, os_stop=None)
    found.compute.at("2.26")(f"PUT /servers/{two}/tags", {"tags": ["Blue", "cold"]})
    found.compute(f"PUT /servers/{two}", {"server": {"accessIPv4": "192.0.2.9"}})
    found.act(two, lock=None)
    toy.settle()
    return found


def test_lists_are_newest_first_and_can_be_sorted(alice: Caller) -> None:
    assert names(alice) == ["three", "two", "one"]
    assert names(alice, sort_key="display_name", sort_dir="asc") == ["one", "three", "two"]
    assert names(alice, sort_key=["vm_state", "name"], sort_dir=["desc", "desc"]) == ["two", "three", "one"]
    wrongs: list[dict[str, Any]] = [{"sort_key": "colour"}, {"sort_dir": "up", "sort_key": "name"}]
    for wrong in wrongs:
        assert alice.compute("GET /servers", **wrong).code == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "t"}, ["three", "two"]),
        ({"name": "^t"}, ["three", "two"]),
        ({"name": "%"}, []),
        ({"status": "shutoff"}, ["two"]),
        ({"status": ["SHUTOFF", "ACTIVE"]}, ["three", "two", "one"]),
        ({"status": "nonsense"}, []),
        ({"vm_state": "stopped"}, ["two"]),
        ({"power_state": "4"}, ["two"]),
        ({"locked": "true"}, ["two"]),
        ({"tags": "Blue,cold"}, ["two"]),
        ({"tags": "blue"}, []),
        ({"tags-any": "cold,warm"}, ["two"]),
        ({"not-tags": "Blue,cold"}, ["three", "one"]),
        ({"not-tags-any": "warm,cold"}, ["three", "one"]),
        ({"access_ip_v4": "192.0.2.9"}, ["two"]),
        ({"flavor": "nowhere"}, []),
        ({"ip": "^10\\.0\\."}, ["three", "two", "one"]),
        ({"ip": "^192"}, []),
        ({"ip6": "10"}, []),
        ({"availability_zone": "nova"}, ["three", "two", "one"]),
        ({"key_name": "mine"}, []),
        ({"changes-since": "2000-01-01T00:00:00Z"}, ["three", "two", "one"]),
        ({"changes-since": "2100-01-01T00:00:00Z"}, []),
        ({"deleted": "true"}, []),
        ({"host": "host-9"}, ["three", "two", "one"]),
    ],
    ids=str,
)
def test_a_list_can_be_narrowed(alice: Caller, query: dict[str, Any], found: list[str]) -> None:
    assert names(alice, **query) == found


@pytest.mark.parametrize(
    "wrong",
    [{"name": "("}, {"name": "(a+)+$"}, {"ip": "["}, {"changes-since": "now"}, {"limit": "-1"}, {"limit": "x"},
     {"marker": "nowhere"}, {"all_tenants": "maybe"}, {"locked": "maybe"}, {"name": "a.*b.*c.*d.*e"}],
    ids=str,
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(toy: Toy, wrong: dict[str, Any]) -> None:
    assert toy.member("alice").compute.at("2.73")("GET /servers", **wrong).code == 400


def test_lists_come_in_pages(alice: Caller) -> None:
    found: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while query:
        heard = alice.compute("GET /servers", **query).body
        found += [one["name"] for one in heard["servers"]]
        query = {"limit": 1, "marker": heard["servers"][0]["id"]} if "servers_links" in heard else {}
    assert found == ["three", "two", "one"]


def test_another_projects_servers_are_in_no_list(toy: Toy, alice: Caller) -> None:
    bob = toy.member("bob")
    assert names(bob) == []
    assert names(bob, project_id=alice.project_id) == []
    assert bob.compute("GET /servers", all_tenants=1).code == 403
    marker = alice.compute("GET /servers").body["servers"][0]["id"]
    assert bob.compute("GET /servers", marker=marker).code == 400
    assert len(names(toy.admin, all_tenants="")) == 3
    assert names(toy.admin, all_tenants=1, project_id=bob.project_id) == []
    assert names(toy.admin, all_tenants=1, host="host-9") == []


VERBS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PUT", "", {"server": {"name": "mine"}}),
    ("DELETE", "", None),
    *(("POST", "/action", {action: None}) for action in ("os-start", "os-stop", "pause", "unpause")),
    *(("POST", "/action", {action: None}) for action in ("suspend", "resume", "lock", "unlock")),
    ("POST", "/action", {"reboot": {"type": "HARD"}}),
    ("POST", "/action", {"os-getConsoleOutput": {}}),
    ("POST", "/action", {"addSecurityGroup": {"name": "default"}}),
    ("POST", "/action", {"removeSecurityGroup": {"name": "default"}}),
    ("POST", "/action", {"addFixedIp": {"networkId": "x"}}),
    ("POST", "/action", {"removeFixedIp": {"address": "10.0.0.1"}}),
    *(("GET", path, None) for path in ("/metadata", "/metadata/a", "/tags", "/tags/a", "/ips", "/ips/shared")),
    *(("GET", path, None) for path in ("/os-interface", "/os-security-groups", "/os-instance-actions")),
    ("POST", "/metadata", {"metadata": {"a": "1"}}),
    ("PUT", "/metadata", {"metadata": {}}),
    ("PUT", "/metadata/a", {"meta": {"a": "1"}}),
    ("DELETE", "/metadata/a", None),
    ("PUT", "/tags", {"tags": ["a"]}),
    ("PUT", "/tags/a", None),
    ("DELETE", "/tags", None),
    ("DELETE", "/tags/a", None),
    ("POST", "/os-interface", {"interfaceAttachment": {}}),
]


def test_another_projects_server_does_not_exist_whatever_is_asked_of_it(toy: Toy) -> None:
    web = toy.member("alice").boot("web")
    toy.settle()
    ask = toy.member("bob").compute.at("2.26")
    heard = [(verb, ask(f"{verb[0]} /servers/{web}{verb[1]}", verb[2]).code) for verb in VERBS]
    assert [one for one in heard if one[1] != 404] == []


@pytest.mark.parametrize("pattern", ["(a+)+", "(", "a{1}b{2}c{3}d{4}", "x" * 300, "a{99999999999}"])
def test_an_expression_that_would_take_forever_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        expression(pattern)
