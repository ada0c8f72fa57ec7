"""Security groups as Compute's older callers manage them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Heard
from tests.toy import Caller, Toy

NOBODYS = "b1946ac9-2492-4d23-b7cb-2c2f4b3a6a2e"


def make_group(who: Caller, name: str = "web") -> dict[str, Any]:
    """A new group as it is shown."""
    heard = who.compute("POST /os-security-groups", {"security_group": {"name": name, "description": "doors"}})
    assert heard.code == 200, heard.content
    return dict(heard.body["security_group"])


def add_rule(who: Caller, parent: str, **more: Any) -> Heard:
    """What is said to a new rule."""
    body = {"parent_group_id": parent, "ip_protocol": "tcp", "from_port": 22, "to_port": 22, **more}
    return who.compute("POST /os-security-group-rules", {"security_group_rule": body})


def names(who: Caller, **query: Any) -> list[str]:
    """The groups somebody sees."""
    return [one["name"] for one in who.compute("GET /os-security-groups", **query).body["security_groups"]]


def test_a_group_is_made_shown_renamed_and_removed(toy: Toy) -> None:
    alice = toy.member("alice")
    made = make_group(alice, " web ")
    assert (made["name"], made["tenant_id"], made["rules"]) == (" web ", alice.project_id, [])
    path = f"/os-security-groups/{made['id']}"
    assert alice.compute(f"GET {path}").body["security_group"] == made
    named = {"security_group": {"name": "doors", "description": "new"}}
    assert alice.compute(f"PUT {path}", named).body["security_group"] == {**made, "name": "doors", "description": "new"}
    assert names(alice) == ["default", "doors"]
    assert alice.compute(f"DELETE {path}").code == 202
    for method, body in (("GET", None), ("PUT", named), ("DELETE", None)):
        assert alice.compute(f"{method} {path}", body).code == 404


def test_the_network_service_has_the_same_groups(toy: Toy) -> None:
    alice = toy.member("alice")
    made = make_group(alice)
    shown = alice.network(f"GET /security-groups/{made['id']}").body["security_group"]
    assert (shown["name"], shown["description"]) == ("web", "doors")


def test_every_project_has_a_default_group_that_stays(toy: Toy) -> None:
    alice = toy.member("alice")
    (default,) = alice.compute("GET /os-security-groups").body["security_groups"]
    assert alice.compute(f"DELETE /os-security-groups/{default['id']}").code == 400
    body = {"security_group": {"name": "other", "description": ""}}
    assert alice.compute(f"PUT /os-security-groups/{default['id']}", body).code == 400
    body["security_group"]["name"] = "default"
    assert alice.compute("POST /os-security-groups", body).code == 400


def test_a_rule_lets_something_in_until_it_is_removed(toy: Toy) -> None:
    alice = toy.member("alice")
    group_id = make_group(alice)["id"]
    rule = add_rule(alice, group_id, cidr="10.2.3.124/24").body["security_group_rule"]
    assert (rule["ip_range"], rule["group"], rule["from_port"]) == ({"cidr": "10.2.3.124/24"}, {}, 22)
    assert alice.compute(f"GET /os-security-groups/{group_id}").body["security_group"]["rules"] == [rule]
    assert alice.compute(f"DELETE /os-security-group-rules/{rule['id']}").code == 202
    assert alice.compute(f"DELETE /os-security-group-rules/{rule['id']}").code == 404
    assert alice.compute(f"GET /os-security-groups/{group_id}").body["security_group"]["rules"] == []


def test_a_rule_without_an_origin_is_for_everybody(toy: Toy) -> None:
    alice = toy.member("alice")
    group_id = make_group(alice)["id"]
    assert add_rule(alice, group_id).body["security_group_rule"]["ip_range"] == {"cidr": "0.0.0.0/0"}
    echo = add_rule(alice, group_id, ip_protocol="icmp", from_port=-1, to_port=-1).body["security_group_rule"]
    assert (echo["from_port"], echo["to_port"]) == (-1, -1)
    every = add_rule(alice, group_id, ip_protocol="udp", from_port=-1, to_port=-1, cidr="fe80::/64")
    assert (every.body["security_group_rule"]["from_port"], every.body["security_group_rule"]["to_port"]) == (1, 65535)


def test_a_rule_may_name_a_group_and_goes_with_it(toy: Toy) -> None:
    alice = toy.member("alice")
    doors, friends = make_group(alice, "doors")["id"], make_group(alice, "friends")["id"]
    rule = add_rule(alice, doors, group_id=friends).body["security_group_rule"]
    assert (rule["group"], rule["ip_range"]) == ({"name": "friends", "tenant_id": alice.project_id}, {})
    alice.compute(f"DELETE /os-security-groups/{friends}")
    assert alice.compute(f"GET /os-security-groups/{doors}").body["security_group"]["rules"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        *({"cidr": "nonsense"}, {"ip_protocol": "smoke"}, {"from_port": 0}, {"to_port": 70000}, {"to_port": 21}),
        *({"ip_protocol": None}, {"cidr": "::/0", "group_id": NOBODYS}, {"parent_group_id": ""}, {"from_port": "x"}),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(toy: Toy, wrong: dict[str, Any]) -> None:
    alice = toy.member("alice")
    assert add_rule(alice, make_group(alice)["id"], **wrong).code == 400


def test_the_same_rule_is_not_made_twice(toy: Toy) -> None:
    alice = toy.member("alice")
    group_id = make_group(alice)["id"]
    assert [add_rule(alice, group_id).code for _ in range(2)] == [200, 400]


def test_a_group_that_a_server_is_in_stays(toy: Toy) -> None:
    alice = toy.member("alice")
    group_id = make_group(alice)["id"]
    web = alice.boot("web")
    toy.settle()
    assert alice.act(web, addSecurityGroup={"name": "web"}).code == 202
    assert alice.compute(f"DELETE /os-security-groups/{group_id}").code == 400
    alice.compute(f"DELETE /servers/{web}")
    toy.settle()
    assert alice.compute(f"DELETE /os-security-groups/{group_id}").code == 202


def test_other_projects_groups_do_not_exist(toy: Toy) -> None:
    alice, bob = toy.member("alice"), toy.member("bob")
    group_id = make_group(alice)["id"]
    rule = add_rule(alice, group_id).body["security_group_rule"]
    own = make_group(bob, "own")["id"]
    assert "web" not in names(bob, all_tenants=1)
    assert "web" in names(toy.admin, all_tenants=1)
    assert bob.compute(f"GET /os-security-groups/{group_id}").code == 404
    assert bob.compute(f"DELETE /os-security-groups/{group_id}").code == 404
    assert bob.compute(f"DELETE /os-security-group-rules/{rule['id']}").code == 404
    assert add_rule(bob, group_id).code == 404
    assert add_rule(bob, own, group_id=group_id).code == 404


def test_they_are_gone_from_2_36_on(toy: Toy) -> None:
    ask = toy.member("alice").compute
    assert ask.at("2.35")("GET /os-security-groups").code == 200
    assert ask.at("2.36")("GET /os-security-groups").code == 404


def test_groups_come_in_pages(toy: Toy) -> None:
    alice = toy.member("alice")
    make_group(alice)
    assert names(alice, limit=1) + names(alice, offset=1) == ["default", "web"]
