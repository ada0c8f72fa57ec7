"""The security groups of servers."""

from __future__ import annotations

import pytest

from pileus.kernel.errors import Invalid, Missing
from pileus.network import add_group, group_names_of, groups_named, groups_of, make_ports, remove_group
from tests.asking import Asker
from tests.network.conftest import Cloud, server


def test_servers_join_and_leave_groups(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    group = member("POST /security-groups", {"security_group": {"name": "web"}}).body["security_group"]["id"]
    card = {"network_id": made["id"], "port_id": None, "fixed_ip": None, "tag": None}
    nics = cloud.store.write(make_ports, server("s1"), cloud.host("h1"), cards=[card, card], groups=[])
    one = server("s1")
    cloud.store.write(add_group, one, "web")
    cloud.store.write(add_group, one, group)
    names = cloud.store.read(group_names_of, [one["id"], "other"])
    assert names == {one["id"]: [{"name": "default"}, {"name": "web"}]}
    told = cloud.store.read(groups_of, one["id"])
    assert [(each["name"], len(each["rules"])) for each in told] == [("default", 4), ("web", 2)]
    assert ("group", group) in cloud.wanted("h1")
    assert all(group in cloud.wanted("h1")["port", nic["id"]]["groups"] for nic in nics)
    cloud.store.write(remove_group, one, "web")
    assert cloud.store.read(group_names_of, [one["id"]]) == {one["id"]: [{"name": "default"}]}
    assert cloud.wanted("h1")["group", group] is None
    with pytest.raises(Missing):
        cloud.store.write(remove_group, one, "web")
    with pytest.raises(Missing):
        cloud.store.write(add_group, one, "nobody")
    with pytest.raises(Invalid):
        cloud.store.write(add_group, server("s2"), "web")


def test_groups_are_named_within_a_project(cloud: Cloud, member: Asker) -> None:
    theirs = cloud.as_("member", "shop")("POST /security-groups", {"security_group": {"name": "x"}})
    for name in ("x", theirs.body["security_group"]["id"]):
        with pytest.raises(Missing):
            cloud.store.write(groups_named, "web", [name])
    assert len(cloud.store.write(groups_named, "web", ["default", "default"])) == 1
    assert cloud.store.read(group_names_of, []) == {}
    assert cloud.store.read(groups_of, "nobody") == []
