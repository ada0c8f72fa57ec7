"""The network cards of servers."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.kernel.errors import Conflict, Invalid, Missing, OverQuota
from pileus.network import add_address, bind, make_ports, nics_of, release, remove_address, unplug
from tests.asking import Asker
from tests.network.conftest import Cloud, server


def card(**words: Any) -> dict[str, Any]:
    """What is to be plugged in."""
    return {"network_id": None, "port_id": None, "fixed_ip": None, "tag": None, **words}


def plug(cloud: Cloud, *cards: dict[str, Any], groups: Any = (), host: str = "h1", name: str = "s1") -> Any:
    """Plug a server in."""
    return cloud.store.write(make_ports, server(name), cloud.host(host), cards=list(cards), groups=list(groups))


def port(cloud: Cloud, id: str) -> dict[str, Any]:
    """A port as an administrator sees it."""
    found: dict[str, Any] = cloud.as_("admin", "ops")(f"GET /ports/{id}").body["port"]
    return found


def test_a_server_has_its_cards_in_the_order_asked_for(cloud: Cloud, member: Asker) -> None:
    one, two = cloud.network(member, "10.1.0.0/24", name="one"), cloud.network(member, "10.2.0.0/24", name="two")
    given = cloud.port(member, one)
    made = plug(cloud, card(network_id=two["id"], fixed_ip="10.2.0.7", tag="first"), card(port_id=given["id"]))
    assert [nic["network_name"] for nic in made] == ["two", "one"]
    assert [nic["tag"] for nic in made] == ["first", None]
    assert made[0]["fixed_ips"][0]["ip_address"] == "10.2.0.7"
    later = plug(cloud, card(network_id=one["id"]))
    nics = cloud.store.read(nics_of, server("s1")["id"])
    assert [nic["id"] for nic in nics] == [made[0]["id"], given["id"], later[0]["id"]]
    assert {nic["mtu"] for nic in nics} == {1500}
    shown = port(cloud, given["id"])
    assert (shown["device_id"], shown["device_owner"]) == (server("s1")["id"], "compute:nova")
    assert (shown["binding:host_id"], shown["binding:vif_type"], shown["status"]) == ("h1", "bridge", "BUILD")


def test_what_was_asked_with_the_server_is_used(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    asked = {"ports": [card(network_id=made["id"])], "groups": ["default"]}
    nics = cloud.store.write(make_ports, {**server("s1"), "asked": asked}, cloud.host("h1"))
    assert len(nics) == 1


def test_made_ports_go_and_given_ports_stay(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    given = cloud.port(member, made, name="mine")
    own = plug(cloud, card(network_id=made["id"]), card(port_id=given["id"]))[0]
    cloud.store.write(release, server("s1")["id"])
    cloud.store.write(release, server("s1")["id"])
    assert member(f"GET /ports/{own['id']}").code == 404
    free = port(cloud, given["id"])
    assert (free["device_id"], free["device_owner"], free["binding:host_id"], free["status"]) == ("", "", "", "DOWN")
    assert free["fixed_ips"] == given["fixed_ips"]
    assert free["security_groups"] == given["security_groups"]
    assert {body for (kind, _), body in cloud.wanted("h1").items() if kind == "port"} == {None}


def test_one_card_is_unplugged(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    one, two = plug(cloud, card(network_id=made["id"]), card(network_id=made["id"]))
    cloud.store.write(unplug, server("s1")["id"], one["id"])
    cloud.store.write(unplug, server("s2")["id"], two["id"])
    assert [nic["id"] for nic in cloud.store.read(nics_of, server("s1")["id"])] == [two["id"]]


def test_a_server_has_all_its_ports_or_none(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/30")
    with pytest.raises(Conflict):
        plug(cloud, card(network_id=made["id"]), card(network_id=made["id"]))
    assert member("GET /ports").body["ports"] == []
    assert cloud.wanted("h1") == {}


def test_what_was_taken_meanwhile_is_refused(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    given = cloud.port(member, made)
    plug(cloud, card(port_id=given["id"]), name="s1")
    with pytest.raises(Conflict, match="in use"):
        plug(cloud, card(port_id=given["id"]), name="s2")
    for gone in (card(port_id="11111111-1111-1111-1111-111111111111"), card(network_id="nowhere")):
        with pytest.raises(Invalid):
            plug(cloud, gone, name="s2")
    cloud.as_("admin", "ops")("PUT /quotas/web", {"quota": {"port": 1}})
    with pytest.raises(OverQuota):
        plug(cloud, card(network_id=made["id"]), name="s2")


def test_made_ports_are_in_the_groups_asked_for(cloud: Cloud, member: Asker) -> None:
    made, open_ = cloud.network(member), cloud.network(member, "10.1.0.0/24", port_security_enabled=False)
    group = member("POST /security-groups", {"security_group": {"name": "web"}}).body["security_group"]["id"]
    default = member("GET /security-groups", name="default").body["security_groups"][0]["id"]
    one, two = plug(cloud, card(network_id=made["id"]), card(network_id=open_["id"]), groups=["web"])
    assert port(cloud, one["id"])["security_groups"] == [group]
    assert port(cloud, two["id"])["security_groups"] == []
    three = plug(cloud, card(network_id=made["id"]), name="s2")[0]
    assert port(cloud, three["id"])["security_groups"] == [default]


def test_a_port_moves_with_its_server(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    nic = plug(cloud, card(network_id=made["id"]))[0]
    cloud.store.write(bind, nic["id"], cloud.host("h2"), server("s1"))
    assert cloud.wanted("h1")["port", nic["id"]] is None
    assert cloud.wanted("h1")["network", made["id"]] is None
    assert cloud.wanted("h2")["port", nic["id"]]["mac"] == nic["mac_address"]
    assert port(cloud, nic["id"])["binding:host_id"] == "h2"
    with pytest.raises(Missing):
        cloud.store.write(bind, "nowhere", cloud.host("h2"), server("s1"))


def test_a_server_gets_and_loses_addresses(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    nic = plug(cloud, card(network_id=made["id"]))[0]
    first = nic["fixed_ips"][0]["ip_address"]
    cloud.store.write(add_address, server("s1")["id"], made["id"])
    both = [one["ip_address"] for one in port(cloud, nic["id"])["fixed_ips"]]
    assert len(both) == 2
    assert both[0] == first
    assert len(cloud.wanted("h1")["port", nic["id"]]["addresses"]) == 2
    cloud.store.write(remove_address, server("s1")["id"], first)
    assert [one["ip_address"] for one in port(cloud, nic["id"])["fixed_ips"]] == both[1:]
    for wrong in (
        lambda tx: remove_address(tx, server("s1")["id"], first),
        lambda tx: add_address(tx, "s", made["id"]),
    ):
        with pytest.raises(Missing):
            cloud.store.write(wrong)
