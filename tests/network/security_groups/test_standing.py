"""The group every project has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pileus.network.security_groups.standing import default_group
from tests.asking import Asker
from tests.network.conftest import Cloud


def test_the_default_group_is_made_when_it_is_first_looked_for(cloud: Cloud, member: Asker) -> None:
    found = cloud.as_("reader")("GET /security-groups").body["security_groups"]
    assert [one["name"] for one in found] == ["default"]
    rules = found[0]["security_group_rules"]
    assert sorted((one["direction"], one["ethertype"], one["remote_group_id"] or "") for one in rules) == [
        ("egress", "IPv4", ""),
        ("egress", "IPv6", ""),
        ("ingress", "IPv4", found[0]["id"]),
        ("ingress", "IPv6", found[0]["id"]),
    ]
    assert all(one["belongs_to_default_sg"] for one in rules)


def test_a_project_has_one_default_group_however_many_look(cloud: Cloud) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: cloud.store.write(default_group, "web")["id"], range(8)))
    assert len(set(found)) == 1


def test_somebody_without_a_project_or_role_makes_none(cloud: Cloud, admin: Asker) -> None:
    admin("GET /security-groups")
    assert {one["project_id"] for one in admin("GET /security-groups").body["security_groups"]} == {"ops"}
