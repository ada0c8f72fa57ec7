"""Subnets: what a range of addresses is made with, and how it changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.network.conftest import Cloud


def asked(cloud: Cloud, asker: Asker, **words: Any) -> Any:
    """Ask for a subnet on a new network."""
    made = cloud.network(asker, None)
    words = {"network_id": made["id"], "ip_version": 4, "cidr": "10.0.0.0/24", **words}
    return asker("POST /subnets", {"subnet": {name: word for name, word in words.items() if word is not ...}})


def test_a_subnet_has_sensible_defaults(cloud: Cloud, member: Asker) -> None:
    made = asked(cloud, member).body["subnet"]
    assert made["gateway_ip"] == "10.0.0.1"
    assert made["allocation_pools"] == [{"start": "10.0.0.2", "end": "10.0.0.254"}]
    assert (made["enable_dhcp"], made["dns_nameservers"], made["host_routes"]) == (True, [], [])
    assert (made["ipv6_ra_mode"], made["ipv6_address_mode"], made["subnetpool_id"]) == (None, None, None)
    assert made == member(f"GET /subnets/{made['id']}").body["subnet"]
    assert member(f"GET /networks/{made['network_id']}").body["network"]["subnets"] == [made["id"]]


def test_a_subnet_has_what_was_asked(cloud: Cloud, member: Asker) -> None:
    words = {
        "name": "s",
        "gateway_ip": None,
        "enable_dhcp": False,
        "dns_nameservers": ["8.8.4.4", "8.8.8.8"],
        "host_routes": [{"destination": "10.20.0.0/32", "nexthop": "10.0.0.2"}],
        "allocation_pools": [{"start": "10.0.0.9", "end": "10.0.0.12"}],
    }
    made = asked(cloud, member, **words).body["subnet"]
    assert {name: made[name] for name in words} == words


BAD: list[tuple[dict[str, Any], int]] = [
    ({"ip_version": 6}, 400),
    ({"ip_version": 5}, 400),
    ({"ip_version": ...}, 400),
    ({"cidr": "10.0.0.0/33"}, 400),
    ({"cidr": "127.0.0.0/24"}, 400),
    ({"cidr": None}, 400),
    ({"cidr": "10.0.0.0/31"}, 400),
    ({"gateway_ip": "10.0.0.255"}, 400),
    ({"gateway_ip": "nowhere"}, 400),
    ({"gateway_ip": "10.0.0.5", "allocation_pools": [{"start": "10.0.0.2", "end": "10.0.0.9"}]}, 409),
    ({"allocation_pools": [{"start": "10.0.0.2", "end": "10.0.1.9"}]}, 400),
    ({"allocation_pools": [{"start": "10.0.0.2"}]}, 400),
    ({"dns_nameservers": ["1.1.1.1", "1.1.1.1"]}, 400),
    ({"dns_nameservers": [f"1.1.1.{n}" for n in range(6)]}, 400),
    ({"dns_nameservers": ["a.example"]}, 400),
    ({"host_routes": [{"destination": "10.0.0.0/8", "nexthop": "2001:db8::1"}]}, 400),
    ({"ipv6_ra_mode": "slaac"}, 400),
    ({"name": "x" * 256}, 400),
    ({"network_id": "11111111-1111-1111-1111-111111111111"}, 404),
    ({"network_id": "no uuid"}, 400),
]


def test_a_subnet_that_cannot_be_is_refused(cloud: Cloud, member: Asker) -> None:
    for words, code in BAD:
        assert asked(cloud, member, **words).code == code, words
    assert member("GET /subnets").body["subnets"] == []


def test_ranges_of_a_network_do_not_overlap(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/24")
    for cidr, code in (("10.0.0.128/25", 400), ("10.0.0.0/16", 400), ("10.0.1.0/24", 201)):
        words = {"network_id": made["id"], "ip_version": 4, "cidr": cidr}
        assert member("POST /subnets", {"subnet": words}).code == code


def test_only_the_networks_owner_adds_subnets(cloud: Cloud, member: Asker, admin: Asker) -> None:
    shared = cloud.network(admin, "10.9.0.0/24", shared=True)
    words = {"network_id": shared["id"], "ip_version": 4, "cidr": "10.0.0.0/24"}
    assert member("POST /subnets", {"subnet": words}).code == 403
    assert [one["cidr"] for one in member("GET /subnets").body["subnets"]] == ["10.9.0.0/24"]
    subnet = shared["id"] and member("GET /subnets").body["subnets"][0]
    assert member(f"DELETE /subnets/{subnet['id']}").code == 403
    own = cloud.network(cloud.as_("member", "shop"), "10.7.0.0/24")
    assert member("GET /subnets", network_id=own["id"]).body["subnets"] == []


def test_what_guests_are_told_can_change(cloud: Cloud, member: Asker) -> None:
    made = asked(cloud, member, allocation_pools=[{"start": "10.0.0.9", "end": "10.0.0.12"}]).body["subnet"]
    words = {
        "name": "new",
        "gateway_ip": "10.0.0.2",
        "dns_nameservers": ["7.7.7.7"],
        "host_routes": [{"destination": "10.30.0.0/16", "nexthop": "10.0.0.3"}],
        "enable_dhcp": False,
    }
    heard = member(f"PUT /subnets/{made['id']}", {"subnet": words})
    assert heard.code == 200
    assert {name: heard.body["subnet"][name] for name in words} == words
    assert heard.body["subnet"]["revision_number"] == 2
    assert member(f"PUT /subnets/{made['id']}", {"subnet": {"cidr": "10.1.0.0/24"}}).code == 400
    assert member(f"PUT /subnets/{made['id']}", {"subnet": {"gateway_ip": "10.0.0.10"}}).code == 409
    pools = [{"start": "10.0.0.1", "end": "10.0.0.9"}]
    assert member(f"PUT /subnets/{made['id']}", {"subnet": {"allocation_pools": pools}}).code == 409


def test_a_subnet_in_use_stays(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    port = cloud.port(member, made)
    subnet_id = port["fixed_ips"][0]["subnet_id"]
    heard = member(f"DELETE /subnets/{subnet_id}")
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "SubnetInUse")
    member(f"DELETE /ports/{port['id']}")
    assert member(f"DELETE /subnets/{subnet_id}").code == 204


@pytest.mark.parametrize("mode", ["slaac", "dhcpv6-stateless"])
def test_a_range_of_addresses_made_from_macs_comes_and_goes(cloud: Cloud, member: Asker, mode: str) -> None:
    made = cloud.network(member, None)
    port = cloud.port(member, made, mac_address="fa:16:3e:00:00:01")
    assert port["fixed_ips"] == []
    subnet = cloud.subnet(member, made, cidr="2001:db8::/64", ipv6_ra_mode=mode, ipv6_address_mode=mode)
    fixed = member(f"GET /ports/{port['id']}").body["port"]["fixed_ips"]
    assert fixed == [{"subnet_id": subnet["id"], "ip_address": "2001:db8::f816:3eff:fe00:1"}]
    assert member(f"DELETE /subnets/{subnet['id']}").code == 204
    assert member(f"GET /ports/{port['id']}").body["port"]["fixed_ips"] == []


def test_several_subnets_are_made_at_once(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, None)
    words = [{"network_id": made["id"], "ip_version": 4, "cidr": f"10.0.{n}.0/24"} for n in (1, 2)]
    assert [one["cidr"] for one in member("POST /subnets", {"subnets": words}).body["subnets"]] == [
        "10.0.1.0/24",
        "10.0.2.0/24",
    ]
