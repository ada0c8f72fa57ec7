"""What hosts are asked for, as ports, subnets and groups come and go."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pileus.fleet import Told, forget, host_of, keep_seen
from pileus.kernel.store import Tx
from pileus.network import host_forgotten, make_ports, release
from pileus.network.host.spec import Group, Network, Port
from pileus.network.host.validity import check_group, check_network, check_port
from tests.asking import Asker
from tests.network.conftest import Cloud, server


def plugged(cloud: Cloud, network: Any, host: str = "h1", name: str = "s1", **more: Any) -> dict[str, Any]:
    """A server on a host, plugged into a network; its card."""
    cards = [{"network_id": network["id"], "port_id": None, "fixed_ip": None, "tag": None, **more}]
    return cloud.store.write(make_ports, server(name), cloud.host(host), cards=cards, groups=[])[0]


def kinds(cloud: Cloud, host: str = "h1") -> dict[str, set[str]]:
    """What a host is asked to have, by kind."""
    found: dict[str, set[str]] = {"network": set(), "port": set(), "group": set()}
    for (kind, id), body in cloud.wanted(host).items():
        if body is not None:
            found[kind].add(id)
    return found


def default(asker: Asker) -> dict[str, Any]:
    """The caller's default group."""
    found: dict[str, Any] = asker("GET /security-groups", name="default").body["security_groups"][0]
    return found


def test_a_port_brings_its_network_and_groups_to_its_host(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    card = plugged(cloud, network)
    group = default(member)["id"]
    assert kinds(cloud) == {"network": {network["id"]}, "port": {card["id"]}, "group": {group}}
    wanted = cloud.wanted("h1")
    assert wanted["port", card["id"]] == {
        "id": card["id"],
        "network_id": network["id"],
        "mac": card["mac_address"],
        "addresses": [{"subnet_id": one["subnet_id"], "ip": one["ip_address"]} for one in card["fixed_ips"]],
        "pairs": [],
        "groups": [group],
        "guarded": True,
        "up": True,
        "guest_id": server("s1")["id"],
        "hostname": "s1",
        "version": 1,
    }
    assert wanted["group", group]["members"] == [card["fixed_ips"][0]["ip_address"]]


def test_what_is_asked_for_is_what_hosts_accept(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member, None, mtu=1400)
    cloud.subnet(member, network, cidr="10.0.0.0/24", dns_nameservers=["1.1.1.1"], host_routes=[])
    cloud.subnet(member, network, cidr="2001:db8::/64", ipv6_ra_mode="slaac", ipv6_address_mode="slaac")
    words = {"security_group_id": default(member)["id"], "direction": "ingress", "protocol": "tcp"}
    ranged = {**words, "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "10.0.0.7/8"}
    member("POST /security-group-rules", {"security_group_rule": ranged})
    plugged(cloud, network)
    for (kind, _), body in cloud.wanted("h1").items():
        checks = {"network": (Network, check_network), "port": (Port, check_port), "group": (Group, check_group)}
        spec, check = checks[kind]
        check(msgspec.convert(body, spec))  # type: ignore[operator]


def test_a_host_has_a_place_of_its_own_on_each_network(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    plugged(cloud, network, "h1", "s1")
    plugged(cloud, network, "h1", "s2")
    plugged(cloud, network, "h2", "s3")
    own = member("GET /ports", device_owner="network:dhcp").body["ports"]
    assert len(own) == 2
    told = {one: cloud.wanted(one)["network", network["id"]]["service_addresses"] for one in ("h1", "h2")}
    assert sorted(address for one in told.values() for address in one) == sorted(
        one["fixed_ips"][0]["ip_address"] for one in own
    )
    assert told["h1"] != told["h2"]
    assert member(f"DELETE /ports/{own[0]['id']}").code == 409
    assert member(f"PUT /ports/{own[0]['id']}", {"port": {"name": "x"}}).code == 409


def test_the_last_port_takes_the_network_along(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    plugged(cloud, network, name="s1")
    plugged(cloud, network, name="s2")
    cloud.store.write(release, server("s1")["id"])
    assert kinds(cloud)["network"] == {network["id"]}
    cloud.store.write(release, server("s2")["id"])
    assert kinds(cloud) == {"network": set(), "port": set(), "group": set()}
    assert member("GET /ports").body["ports"] == []
    cloud.obey("h1")
    assert cloud.wanted("h1") == {}


def test_addresses_stay_taken_until_the_host_lets_go(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member, "10.0.0.0/29")
    plugged(cloud, network, fixed_ip="10.0.0.6")
    cloud.store.write(release, server("s1")["id"])
    words = {"network_id": network["id"], "fixed_ips": [{"ip_address": "10.0.0.6"}]}
    assert member("POST /ports", {"port": words}).code == 409
    cloud.obey("h1")
    assert member("POST /ports", {"port": words}).code == 201
    for _ in range(4):
        cloud.port(member, network)
    assert member("POST /ports", {"port": {"network_id": network["id"]}}).code == 409


def test_a_subnet_can_go_while_its_addresses_are_awaited(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    plugged(cloud, network)
    cloud.store.write(release, server("s1")["id"])
    assert member(f"DELETE /networks/{network['id']}").code == 204
    cloud.obey("h1")


def test_hosts_follow_what_changes_of_a_network(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    card = plugged(cloud, network)
    cloud.subnet(member, network, cidr="2001:db8::/64", ipv6_ra_mode="slaac", ipv6_address_mode="slaac")
    told = cloud.wanted("h1")["network", network["id"]]
    assert [(one["cidr"], one["ipv6"]) for one in told["subnets"]] == [
        ("10.0.0.0/24", None),
        ("2001:db8::/64", "slaac"),
    ]
    assert len(told["service_addresses"]) == 2
    assert len(cloud.wanted("h1")["port", card["id"]]["addresses"]) == 2
    four = told["subnets"][0]["id"]
    words = {"gateway_ip": None, "dns_nameservers": ["9.9.9.9"], "enable_dhcp": False}
    member(f"PUT /subnets/{four}", {"subnet": words})
    told = cloud.wanted("h1")["network", network["id"]]
    assert (told["subnets"][0]["gateway"], told["subnets"][0]["dns"], told["subnets"][0]["dhcp"]) == (
        None,
        ["9.9.9.9"],
        False,
    )
    assert len(told["service_addresses"]) == 1
    member(f"PUT /networks/{network['id']}", {"network": {"admin_state_up": False, "mtu": 1300}})
    assert cloud.wanted("h1")["network", network["id"]]["mtu"] == 1300
    assert cloud.wanted("h1")["port", card["id"]]["up"] is False


def test_the_physical_network_leads_outside(cloud: Cloud, member: Asker, admin: Asker) -> None:
    words: dict[str, Any] = {"provider:network_type": "flat", "provider:physical_network": "physical", "shared": True}
    outside, inside = cloud.network(admin, **words), cloud.network(member, "10.1.0.0/24")
    plugged(cloud, outside)
    plugged(cloud, inside)
    for network, leads in ((outside, True), (inside, False)):
        told = cloud.wanted("h1")["network", network["id"]]
        assert (told["uplink"], told["gateway_here"], told["attached"]) == (leads, leads, leads)


def test_members_are_told_to_every_host_that_asks_for_them(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    one, two = plugged(cloud, network, "h1", "s1"), plugged(cloud, network, "h2", "s2")
    group = default(member)["id"]
    both = {card["fixed_ips"][0]["ip_address"] for card in (one, two)}
    for host in ("h1", "h2"):
        assert set(cloud.wanted(host)["group", group]["members"]) == both
    cloud.store.write(release, server("s2")["id"])
    assert cloud.wanted("h1")["group", group]["members"] == [one["fixed_ips"][0]["ip_address"]]


def test_only_the_row_of_a_group_changes_with_its_members(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    card = plugged(cloud, network, "h1", "s1")
    numbers = cloud.numbers("h1")
    plugged(cloud, network, "h2", "s2")
    changed = {key for key, number in cloud.numbers("h1").items() if numbers.get(key) != number}
    assert changed == {("group", default(member)["id"])}
    assert card


def test_rules_bring_groups_they_name_and_let_them_go(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    other = member("POST /security-groups", {"security_group": {"name": "db"}}).body["security_group"]["id"]
    apart = cloud.port(member, network, security_groups=[other])
    plugged(cloud, network)
    group = default(member)["id"]
    assert kinds(cloud)["group"] == {group}
    words = {"security_group_id": group, "direction": "ingress", "protocol": "tcp", "remote_group_id": other}
    rule = member("POST /security-group-rules", {"security_group_rule": words}).body["security_group_rule"]
    assert kinds(cloud)["group"] == {group, other}
    assert cloud.wanted("h1")["group", other]["members"] == [apart["fixed_ips"][0]["ip_address"]]
    assert [one["remote_group"] for one in cloud.wanted("h1")["group", group]["rules"]].count(other) == 1
    pairs = {"allowed_address_pairs": [{"ip_address": "10.7.0.0/16"}]}
    member(f"PUT /ports/{apart['id']}", {"port": pairs})
    assert "10.7.0.0/16" in cloud.wanted("h1")["group", other]["members"]
    member(f"DELETE /security-group-rules/{rule['id']}")
    assert kinds(cloud)["group"] == {group}


def test_a_group_that_goes_leaves_no_rule_on_a_host(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    other = member("POST /security-groups", {"security_group": {"name": "db"}}).body["security_group"]["id"]
    group = default(member)["id"]
    words = {"security_group_id": group, "direction": "ingress", "protocol": "tcp", "remote_group_id": other}
    member("POST /security-group-rules", {"security_group_rule": words})
    plugged(cloud, network)
    assert kinds(cloud)["group"] == {group, other}
    member(f"DELETE /security-groups/{other}")
    assert kinds(cloud)["group"] == {group}
    assert other not in [one["remote_group"] for one in cloud.wanted("h1")["group", group]["rules"]]


def test_a_port_that_changes_groups_changes_them_on_its_host(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    card = plugged(cloud, network)
    other = member("POST /security-groups", {"security_group": {"name": "db"}}).body["security_group"]["id"]
    heard = member(f"PUT /ports/{card['id']}", {"port": {"security_groups": [other]}})
    assert heard.code == 200
    assert kinds(cloud)["group"] == {other}
    assert cloud.wanted("h1")["port", card["id"]]["groups"] == [other]


def test_a_host_that_is_no_more_is_asked_for_nothing(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member)
    card = plugged(cloud, network, "h1", "s1")
    plugged(cloud, network, "h2", "s2")

    def forgotten(tx: Tx) -> None:
        host_forgotten(tx, cloud.hosts["h1"])
        forget(tx, host_of(tx, cloud.hosts["h1"]))

    cloud.store.write(forgotten)
    assert member(f"GET /ports/{card['id']}").body["port"]["status"] == "DOWN"
    assert len(member("GET /ports", device_owner="network:dhcp").body["ports"]) == 1
    cloud.store.write(release, server("s2")["id"])
    cloud.store.write(release, server("s1")["id"])
    assert [one["device_owner"] for one in member("GET /ports").body["ports"]] == []


@pytest.mark.parametrize(("state", "status"), [("up", "ACTIVE"), ("down", "DOWN"), ("failed", "ERROR")])
def test_a_ports_status_is_what_its_host_says(cloud: Cloud, member: Asker, state: str, status: str) -> None:
    network = cloud.network(member)
    card = plugged(cloud, network)
    assert card["status"] == "BUILD"
    seen = {"id": card["id"], "state": state}
    cloud.store.write(
        keep_seen, cloud.host("h1"), Told("port", card["id"], cloud.numbers("h1")["port", card["id"]], seen)
    )
    assert member(f"GET /ports/{card['id']}").body["port"]["status"] == status
    elsewhere = {"id": card["id"], "state": "failed"}
    cloud.store.write(keep_seen, cloud.host("h2"), Told("port", card["id"], 1, elsewhere))
    assert member(f"GET /ports/{card['id']}").body["port"]["status"] == status


def test_a_port_that_is_turned_off_is_down(cloud: Cloud, member: Asker) -> None:
    card = plugged(cloud, cloud.network(member))
    cloud.obey("h1")
    path = f"/ports/{card['id']}"
    assert member(f"GET {path}").body["port"]["status"] == "ACTIVE"
    assert member(f"PUT {path}", {"port": {"admin_state_up": False}}).body["port"]["status"] == "DOWN"
    assert cloud.wanted("h1")["port", card["id"]]["up"] is False
    assert member(f"PUT {path}", {"port": {"admin_state_up": True}}).body["port"]["status"] == "ACTIVE"


def test_a_hosts_own_port_is_as_well_as_the_network_there(cloud: Cloud, member: Asker) -> None:
    plugged(cloud, cloud.network(member))
    assert [one["status"] for one in member("GET /ports", device_owner="network:dhcp").body["ports"]] == ["BUILD"]
    cloud.obey("h1")
    assert [one["status"] for one in member("GET /ports", device_owner="network:dhcp").body["ports"]] == ["ACTIVE"]
