"""Which servers a caller finds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compute.servers.lists import EVERYBODY, names
from tests.toy import Caller, Toy


def test_lists_are_newest_first_and_can_be_sorted(alice: Caller) -> None:
    assert names(alice) == ["three", "two", "one"]
    assert names(alice, sort_key="display_name", sort_dir="asc") == ["one", "three", "two"]
    assert names(alice, sort_key=["vm_state", "display_name"], sort_dir=["desc", "desc"]) == ["two", "three", "one"]
    wrongs: list[dict[str, Any]] = [
        {"sort_key": "colour"},
        {"sort_dir": "up", "sort_key": "uuid"},
        {"sort_key": "name"},
    ]
    for wrong in wrongs:
        assert alice.compute("GET /servers", **wrong).code == 400


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
    assert names(toy.admin, tenant_id=alice.project_id) == names(toy.admin, project_id=alice.project_id) == []
    assert len(names(toy.admin, all_tenants=1, tenant_id=alice.project_id)) == 3


def test_hosts_are_sorted_by_for_administrators_only(toy: Toy, alice: Caller) -> None:
    assert alice.compute("GET /servers", sort_key="host").code == 403
    assert len(names(toy.admin, all_tenants=1, sort_key="host")) == 3


def test_keys_that_sort_nothing_are_accepted_until_they_are_refused(alice: Caller) -> None:
    assert names(alice, "2.74", sort_key="vcpus") == ["three", "two", "one"]
    assert alice.compute.at("2.75")("GET /servers", sort_key="vcpus").code == 400


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


@pytest.fixture
def bereft(toy: Toy, alice: Caller) -> Caller:
    """The same, after the second server was deleted."""
    (two,) = [one["id"] for one in alice.compute("GET /servers").body["servers"] if one["name"] == "two"]
    alice.act(two, unlock=None)
    assert alice.compute(f"DELETE /servers/{two}").code == 204
    toy.settle()
    return alice


def test_deleted_servers_are_listed_for_administrators_who_ask(toy: Toy, bereft: Caller) -> None:
    assert names(bereft) == names(bereft, deleted="true") == ["three", "one"]
    assert names(toy.admin, all_tenants=1, deleted="true") == ["two"]
    assert names(toy.admin, all_tenants=1, deleted="perhaps") == ["three", "one"]
    assert names(toy.admin, all_tenants=1, status="deleted") == ["two"]
    assert bereft.compute("GET /servers", status="DELETED").code == 403
    (two,) = toy.admin.compute("GET /servers/detail", all_tenants=1, deleted="1").body["servers"]
    assert (two["status"], two["OS-EXT-STS:vm_state"], two["addresses"]) == ("DELETED", "deleted", {})
    assert two["OS-SRV-USG:terminated_at"]
    assert toy.admin.compute(f"GET /servers/{two['id']}").code == 404


def test_what_changed_lately_holds_what_was_deleted(toy: Toy, bereft: Caller) -> None:
    long_ago: dict[str, Any] = {"changes-since": "2000-01-01T00:00:00Z"}
    in_future: dict[str, Any] = {"changes-before": "2100-01-01T00:00:00Z"}
    assert names(bereft, **long_ago) == names(bereft, **in_future) == EVERYBODY
    assert names(toy.admin, all_tenants=1, deleted="no", **long_ago) == ["three", "one"]
    crossed: dict[str, Any] = {"changes-since": "2100-01-01T00:00:00Z", "changes-before": "2000-01-01T00:00:00Z"}
    assert bereft.compute.at("2.66")("GET /servers", **crossed).code == 400
