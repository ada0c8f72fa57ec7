"""Security group rules: added to groups, and taken out of them."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker
from tests.network.conftest import Cloud


def group(asker: Asker, name: str = "g") -> str:
    """A new group."""
    return str(asker("POST /security-groups", {"security_group": {"name": name}}).body["security_group"]["id"])


def add(asker: Asker, group_id: str, **words: Any) -> Any:
    """Ask for a rule."""
    body = {"security_group_id": group_id, "direction": "ingress", **words}
    return asker("POST /security-group-rules", {"security_group_rule": body})


def test_a_rule_is_a_line_of_its_group(cloud: Cloud, member: Asker) -> None:
    group_id = group(member)
    heard = add(member, group_id, protocol="tcp", port_range_min=77, port_range_max=78, description="d")
    made = heard.body["security_group_rule"]
    assert heard.code == 201
    assert (made["ethertype"], made["protocol"], made["port_range_min"], made["port_range_max"]) == (
        "IPv4",
        "tcp",
        77,
        78,
    )
    assert (made["remote_group_id"], made["remote_ip_prefix"], made["belongs_to_default_sg"]) == (None, None, False)
    assert made == member(f"GET /security-group-rules/{made['id']}").body["security_group_rule"]
    found = member(f"GET /security-groups/{group_id}").body["security_group"]
    assert made in found["security_group_rules"]
    assert found["revision_number"] == 2
    assert member(f"DELETE /security-group-rules/{made['id']}").code == 204
    assert member(f"GET /security-group-rules/{made['id']}").code == 404


def test_a_rule_is_added_once(cloud: Cloud, member: Asker) -> None:
    group_id = group(member)
    first = add(member, group_id, protocol="tcp", port_range_min=66, port_range_max=67).body["security_group_rule"]
    again = add(member, group_id, protocol=6, port_range_min="66", port_range_max="67", remote_ip_prefix="0.0.0.0/0")
    assert (again.code, again.body["NeutronError"]["type"]) == (409, "SecurityGroupRuleExists")
    assert first["id"] in again.body["NeutronError"]["message"]
    assert add(member, group(member, "other"), protocol=6, port_range_min=66, port_range_max=67).code == 201


def test_a_rule_names_groups_that_are_there(cloud: Cloud, member: Asker) -> None:
    group_id = group(member)
    nowhere = "11111111-1111-1111-1111-111111111111"
    assert add(member, nowhere).code == 404
    assert add(member, "bad").code == 404
    for remote in ("bad", nowhere, group(cloud.as_("member", "shop"))):
        assert add(member, group_id, protocol="tcp", remote_group_id=remote).code == 404
    made = add(member, group_id, protocol="tcp", remote_group_id=group_id).body["security_group_rule"]
    assert made["remote_group_id"] == group_id


def test_several_rules_are_added_at_once(cloud: Cloud, member: Asker) -> None:
    base = {"security_group_id": group(member), "direction": "ingress", "protocol": "udp"}
    both = [{**base, "port_range_min": n, "port_range_max": n} for n in (1, 2)]
    assert len(member("POST /security-group-rules", {"security_group_rules": both}).body["security_group_rules"]) == 2
    assert member("POST /security-group-rules", {"security_group_rules": [both[0], both[0]]}).code == 409


def test_rules_are_found_by_what_they_say(cloud: Cloud, member: Asker) -> None:
    group_id = group(member)
    made = add(member, group_id, protocol="tcp", port_range_min=22, port_range_max=22).body["security_group_rule"]

    def found(**query: Any) -> list[str]:
        return [one["id"] for one in member("GET /security-group-rules", **query).body["security_group_rules"]]

    assert found(protocol="tcp") == found(port_range_min=22) == [made["id"]]
    assert made["id"] in found(security_group_id=group_id, direction="ingress", ethertype="IPv4")
    assert len(found(belongs_to_default_sg="True")) == 4
    assert found(remote_group_id=group_id) == []


def test_rules_are_their_groups_owners(cloud: Cloud, member: Asker) -> None:
    group_id = group(member)
    made = add(member, group_id, protocol="tcp").body["security_group_rule"]
    other = cloud.as_("member", "shop")
    assert add(other, group_id).code == 404
    assert other(f"DELETE /security-group-rules/{made['id']}").code == 404
    assert other("GET /security-group-rules", id=made["id"]).body["security_group_rules"] == []
    reader = cloud.as_("reader")
    assert add(reader, group_id).code == 403
    assert reader(f"DELETE /security-group-rules/{made['id']}").code == 403
    assert reader(f"GET /security-group-rules/{made['id']}").code == 200
