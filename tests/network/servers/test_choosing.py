"""Which networks a new server is plugged into."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.kernel.errors import Conflict, Invalid
from pileus.network import check_requests
from tests.asking import Asker
from tests.network.conftest import Cloud, person

NOWHERE = "11111111-1111-1111-1111-111111111111"


def card(**words: Any) -> dict[str, Any]:
    """What is asked to be plugged in."""
    return {"network_id": None, "port_id": None, "fixed_ip": None, "tag": None, **words}


def choose(cloud: Cloud, given: Any, groups: Any = (), **more: Any) -> list[dict[str, Any]]:
    """Ask as a member of `web`."""
    return cloud.store.write(check_requests, person("member", "web"), given, list(groups), **more)


def test_the_only_network_is_chosen(cloud: Cloud, member: Asker, admin: Asker) -> None:
    assert choose(cloud, None) == []
    with pytest.raises(Invalid):
        choose(cloud, "auto")
    cloud.network(member, None, name="without addresses")
    cloud.network(admin, "10.9.0.0/24", **{"router:external": True})
    cloud.network(cloud.as_("member", "shop"), "10.8.0.0/24")
    shared = cloud.network(admin, "10.7.0.0/24", shared=True)
    assert choose(cloud, "auto") == choose(cloud, None) == [card(network_id=shared["id"])]
    assert choose(cloud, "none") == []
    cloud.network(member, "10.6.0.0/24")
    with pytest.raises(Conflict, match="Network ID"):
        choose(cloud, "auto")


def test_what_is_named_is_checked(cloud: Cloud, member: Asker) -> None:
    made, empty = cloud.network(member), cloud.network(member, None)
    theirs = cloud.network(cloud.as_("member", "shop"), "10.8.0.0/24")
    taken = cloud.port(member, made, fixed_ips=[{"ip_address": "10.0.0.9"}])
    used = cloud.port(member, made, device_id="s9")
    bare = cloud.port(member, made, fixed_ips=[])
    for bad in (
        card(),
        card(network_id=NOWHERE),
        card(network_id=theirs["id"]),
        card(network_id=empty["id"]),
        card(port_id=NOWHERE),
        card(port_id=bare["id"]),
        card(network_id=made["id"], fixed_ip="10.0.0.9"),
        card(network_id=made["id"], fixed_ip="10.5.0.9"),
    ):
        with pytest.raises(Invalid):
            choose(cloud, [bad])
    with pytest.raises(Conflict):
        choose(cloud, [card(port_id=used["id"])])
    with pytest.raises(Invalid):
        choose(cloud, [card(port_id=taken["id"])] * 2)
    good = [card(network_id=made["id"], fixed_ip="10.0.0.10"), card(port_id=taken["id"])]
    assert choose(cloud, good) == [good[0], {**good[1], "network_id": made["id"]}]


def test_several_servers_share_no_port_and_no_address(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    port = cloud.port(member, made)
    for bad in (card(port_id=port["id"]), card(network_id=made["id"], fixed_ip="10.0.0.9")):
        with pytest.raises(Invalid):
            choose(cloud, [bad], count=2)
    assert choose(cloud, [card(network_id=made["id"])], count=2)


def test_groups_are_checked_with_the_networks(cloud: Cloud, member: Asker) -> None:
    cloud.network(member)
    with pytest.raises(Invalid, match="nobody"):
        choose(cloud, None, ["nobody"])
    for _ in range(2):
        member("POST /security-groups", {"security_group": {"name": "twin"}})
    with pytest.raises(Conflict):
        choose(cloud, None, ["twin"])
    assert len(choose(cloud, None, ["default"])) == 1
