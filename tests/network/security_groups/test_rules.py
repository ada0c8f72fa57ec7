"""Security groups: made, changed, removed."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker
from tests.network.conftest import Cloud


def groups(asker: Asker, **query: Any) -> dict[str, dict[str, Any]]:
    """A caller's groups by name."""
    return {one["name"]: one for one in asker("GET /security-groups", **query).body["security_groups"]}


def made(asker: Asker, **words: Any) -> dict[str, Any]:
    """A new group."""
    heard = asker("POST /security-groups", {"security_group": words})
    assert heard.code == 201, heard.body
    found: dict[str, Any] = heard.body["security_group"]
    return found


def test_a_new_group_lets_everything_out(cloud: Cloud, member: Asker) -> None:
    group = made(member, name="web", description="d")
    rules = group["security_group_rules"]
    assert [(one["direction"], one["ethertype"], one["remote_group_id"]) for one in rules] == [
        ("egress", "IPv4", None),
        ("egress", "IPv6", None),
    ]
    assert (group["stateful"], group["shared"], group["description"]) == (True, False, "d")
    assert group == member(f"GET /security-groups/{group['id']}").body["security_group"]
    assert set(groups(member)) == {"default", "web"}


def test_a_group_changes_its_words(cloud: Cloud, member: Asker) -> None:
    group = made(member, name="web")
    heard = member(f"PUT /security-groups/{group['id']}", {"security_group": {"name": "shop", "description": "new"}})
    assert (heard.body["security_group"]["name"], heard.body["security_group"]["description"]) == ("shop", "new")
    assert heard.body["security_group"]["revision_number"] == 2


def test_there_is_one_default_group_and_it_keeps_its_name(cloud: Cloud, member: Asker) -> None:
    heard = member("POST /security-groups", {"security_group": {"name": "default"}})
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "SecurityGroupDefaultAlreadyExists")
    group, default = made(member, name="web"), groups(member)["default"]
    for one, name in ((group, "default"), (default, "other")):
        assert member(f"PUT /security-groups/{one['id']}", {"security_group": {"name": name}}).code == 409
    words = {"name": "default", "description": "ours"}
    assert member(f"PUT /security-groups/{default['id']}", {"security_group": words}).code == 200


def test_only_an_administrator_removes_the_default_group(cloud: Cloud, member: Asker, admin: Asker) -> None:
    default = groups(member)["default"]
    heard = member(f"DELETE /security-groups/{default['id']}")
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "SecurityGroupCannotRemoveDefault")
    assert admin(f"DELETE /security-groups/{default['id']}").code == 204
    assert groups(member)["default"]["id"] != default["id"]


def test_a_group_in_use_stays(cloud: Cloud, member: Asker) -> None:
    group = made(member, name="web")
    port = cloud.port(member, cloud.network(member), security_groups=[group["id"]])
    heard = member(f"DELETE /security-groups/{group['id']}")
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "SecurityGroupInUse")
    member(f"DELETE /ports/{port['id']}")
    assert member(f"DELETE /security-groups/{group['id']}").code == 204
    assert member(f"GET /security-groups/{group['id']}").code == 404


def test_rules_go_with_their_group_and_with_the_one_they_name(cloud: Cloud, member: Asker) -> None:
    one, two = made(member, name="one"), made(member, name="two")
    words = {"security_group_id": two["id"], "direction": "ingress", "remote_group_id": one["id"]}
    assert member("POST /security-group-rules", {"security_group_rule": words}).code == 201
    assert member(f"DELETE /security-groups/{one['id']}").code == 204
    left = member("GET /security-group-rules").body["security_group_rules"]
    assert one["id"] not in [rule["security_group_id"] for rule in left]
    assert one["id"] not in [rule["remote_group_id"] for rule in left]
    assert len(groups(member)["two"]["security_group_rules"]) == 2


def test_nobody_sees_or_changes_the_groups_of_others(cloud: Cloud, member: Asker) -> None:
    group = made(member, name="web")
    other = cloud.as_("member", "shop")
    assert set(groups(other)) == {"default"}
    assert other(f"GET /security-groups/{group['id']}").code == 404
    assert other(f"DELETE /security-groups/{group['id']}").code == 404
    assert groups(member, shared="True") == {}
    assert cloud.as_("reader")("POST /security-groups", {"security_group": {"name": "x"}}).code == 403


def test_every_group_follows_connections(cloud: Cloud, member: Asker) -> None:
    assert member("POST /security-groups", {"security_group": {"name": "x", "stateful": False}}).code == 400
    group = made(member, name="x", stateful=True)
    assert member(f"PUT /security-groups/{group['id']}", {"security_group": {"stateful": False}}).code == 400
