"""Ports: what they have, how they change, and who may say so."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker
from tests.network.conftest import Cloud

NOWHERE = "11111111-1111-1111-1111-111111111111"


def test_a_port_has_sensible_defaults(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    port = cloud.port(member, made, name="p")
    assert port["mac_address"].startswith("fa:16:3e:")
    assert len(port["fixed_ips"]) == 1
    default = member("GET /security-groups").body["security_groups"][0]["id"]
    assert port["security_groups"] == [default]
    assert (port["status"], port["device_id"], port["device_owner"]) == ("DOWN", "", "")
    assert (port["port_security_enabled"], port["allowed_address_pairs"]) == (True, [])
    assert port["binding:vnic_type"] == "normal"
    assert "binding:host_id" not in port
    assert port == member(f"GET /ports/{port['id']}").body["port"] == member("GET /ports").body["ports"][0]


def test_a_port_has_what_it_asks_for(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    words: dict[str, Any] = {
        "name": "p",
        "description": "d",
        "mac_address": "fa:16:3e:aa:bb:cc",
        "fixed_ips": [{"ip_address": "10.0.0.9"}, {"ip_address": "10.0.0.10"}],
        "device_id": "my-box",
        "device_owner": "site:box",
        "admin_state_up": False,
        "tags": ["red"],
    }
    port = cloud.port(member, made, **words)
    words["fixed_ips"] = [{**one, "subnet_id": port["fixed_ips"][0]["subnet_id"]} for one in words["fixed_ips"]]
    assert {name: port[name] for name in words} == words
    assert cloud.port(member, made, fixed_ips=[])["fixed_ips"] == []
    assert cloud.port(member, made, security_groups=[])["security_groups"] == []


def test_a_port_may_be_on_a_network_without_addresses(cloud: Cloud, member: Asker) -> None:
    assert cloud.port(member, cloud.network(member, None))["fixed_ips"] == []


def test_a_port_that_cannot_be_is_refused(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    taken = cloud.port(member, made, fixed_ips=[{"ip_address": "10.0.0.9"}], mac_address="fa:16:3e:00:00:09")
    subnet_id = taken["fixed_ips"][0]["subnet_id"]
    cases: list[tuple[dict[str, Any], int]] = [
        ({"network_id": NOWHERE}, 404),
        ({"network_id": "n"}, 400),
        ({"fixed_ips": [{"ip_address": "10.0.0.9"}]}, 409),
        ({"fixed_ips": [{"ip_address": "10.0.1.9"}]}, 400),
        ({"fixed_ips": [{"ip_address": "10.0.0.300"}]}, 400),
        ({"fixed_ips": [{"subnet_id": NOWHERE}]}, 400),
        ({"fixed_ips": [{"subnet_id": subnet_id, "ip_address": "10.0.0.255"}]}, 400),
        ({"fixed_ips": [{}]}, 400),
        ({"mac_address": "fa:16:3e:00:00:09"}, 409),
        ({"mac_address": "01:00:5e:00:00:01"}, 400),
        ({"mac_address": "fa:16"}, 400),
        ({"security_groups": [NOWHERE]}, 404),
        ({"binding:vnic_type": "direct"}, 400),
        ({"allowed_address_pairs": [{"ip_address": "224.0.0.1"}]}, 400),
        ({"allowed_address_pairs": [{"mac_address": "fa:16:3e:00:00:01"}]}, 400),
        ({"device_id": "x" * 256}, 400),
    ]
    for words, code in cases:
        heard = member("POST /ports", {"port": {"network_id": made["id"], **words}})
        assert heard.code == code, (words, heard.body)
    assert len(member("GET /ports").body["ports"]) == 1


def test_several_ports_are_made_at_once_each_by_its_own_right(cloud: Cloud, member: Asker) -> None:
    mine, theirs = cloud.network(member), cloud.network(cloud.as_("member", "shop"))
    both = [{"network_id": mine["id"]}, {"network_id": theirs["id"]}]
    assert member("POST /ports", {"ports": both}).code == 404
    assert len(member("POST /ports", {"ports": [both[0], both[0]]}).body["ports"]) == 2


def test_on_a_shared_network_others_have_ports_but_choose_little(cloud: Cloud, admin: Asker) -> None:
    made = cloud.network(admin, shared=True)
    other = cloud.as_("member", "shop")
    port = cloud.port(other, made)
    for words in (
        {"fixed_ips": [{"ip_address": "10.0.0.9"}]},
        {"mac_address": "fa:16:3e:00:00:09"},
        {"port_security_enabled": False},
        {"allowed_address_pairs": [{"ip_address": "10.0.0.9"}]},
        {"device_owner": "network:dhcp"},
        {"binding:host_id": "h1"},
    ):
        assert other("POST /ports", {"port": {"network_id": made["id"], **words}}).code == 403, words
        assert other(f"PUT /ports/{port['id']}", {"port": words}).code == 403, words
    subnet = port["fixed_ips"][0]["subnet_id"]
    assert cloud.port(other, made, fixed_ips=[{"subnet_id": subnet}])["fixed_ips"]
    assert admin("GET /ports", network_id=made["id"], project_id="shop").body["ports"][0]["id"] == port["id"]
    assert cloud.as_("member")("GET /ports").body["ports"] == []
    assert cloud.as_("member")(f"GET /ports/{port['id']}").code == 404


def test_an_administrator_sees_where_a_port_is(cloud: Cloud, member: Asker, admin: Asker) -> None:
    made = cloud.network(member)
    cloud.host("h1")
    words = {"network_id": made["id"], "binding:host_id": "h1", "tenant_id": "web"}
    port = admin("POST /ports", {"port": words}).body["port"]
    assert (port["binding:host_id"], port["binding:vif_type"]) == ("h1", "bridge")
    assert port["binding:vif_details"] == {"port_filter": True}
    moved = admin(f"PUT /ports/{port['id']}", {"port": {"binding:host_id": "moon"}}).body["port"]
    assert (moved["binding:host_id"], moved["binding:vif_type"]) == ("moon", "binding_failed")
    left = admin(f"PUT /ports/{port['id']}", {"port": {"binding:host_id": None}}).body["port"]
    assert (left["binding:host_id"], left["binding:vif_type"]) == ("", "unbound")
    assert "binding:host_id" not in member(f"GET /ports/{port['id']}").body["port"]
    assert cloud.wanted("h1") == {}


def test_a_port_changes(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    port = cloud.port(member, made)
    words = {"name": "new", "description": "d", "admin_state_up": False, "device_id": "x", "device_owner": "site:y"}
    changed = member(f"PUT /ports/{port['id']}", {"port": words}).body["port"]
    assert {name: changed[name] for name in words} == words
    assert changed["revision_number"] == 2
    assert changed["fixed_ips"] == port["fixed_ips"]
    assert member(f"PUT /ports/{port['id']}", {"port": {"network_id": made["id"]}}).code == 400


def test_a_port_keeps_the_addresses_that_fit_what_it_asks_for(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/24")
    second = cloud.subnet(member, made, cidr="10.0.1.0/24")
    port = cloud.port(member, made)
    first = port["fixed_ips"][0]

    def ask(*fixed: dict[str, str]) -> list[dict[str, str]]:
        heard = member(f"PUT /ports/{port['id']}", {"port": {"fixed_ips": list(fixed)}})
        assert heard.code == 200, heard.body
        found: list[dict[str, str]] = heard.body["port"]["fixed_ips"]
        return found

    both = ask({"subnet_id": first["subnet_id"]}, {"subnet_id": second["id"]})
    assert both[0] == first
    assert both[1]["subnet_id"] == second["id"]
    assert ask({"subnet_id": second["id"]}) == [both[1]]
    assert ask({"subnet_id": second["id"]}, {"ip_address": both[1]["ip_address"]})[1] == both[1]
    assert ask() == []
    assert ask({"ip_address": "10.0.0.9"}) == [{"subnet_id": first["subnet_id"], "ip_address": "10.0.0.9"}]


def test_a_new_mac_makes_new_addresses(cloud: Cloud, member: Asker, admin: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/24")
    six = cloud.subnet(member, made, cidr="2001:db8::/64", ipv6_address_mode="slaac")
    port = cloud.port(member, made, mac_address="fa:16:3e:00:00:01")
    four = port["fixed_ips"][0]
    words = {"mac_address": "fa:16:3e:00:00:02"}
    assert member(f"PUT /ports/{port['id']}", {"port": words}).code == 403
    assert cloud.as_("manager")(f"PUT /ports/{port['id']}", {"port": words}).body["port"]["fixed_ips"] == [
        four,
        {"subnet_id": six["id"], "ip_address": "2001:db8::f816:3eff:fe00:2"},
    ]
    made_up = admin(f"PUT /ports/{port['id']}", {"port": {"mac_address": None}}).body["port"]["mac_address"]
    assert made_up != "fa:16:3e:00:00:02"


def test_ports_are_found_by_their_addresses_and_groups(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    one = cloud.port(member, made, fixed_ips=[{"ip_address": "10.0.0.17"}])
    two = cloud.port(member, made, fixed_ips=[{"ip_address": "10.0.0.18"}], security_groups=[])
    subnet = one["fixed_ips"][0]["subnet_id"]

    def found(**query: Any) -> set[str]:
        return {port["id"] for port in member("GET /ports", **query).body["ports"]}

    both = {one["id"], two["id"]}
    assert found(fixed_ips="ip_address=10.0.0.17") == {one["id"]}
    assert found(fixed_ips=["ip_address=10.0.0.17", "ip_address=10.0.0.18"]) == both
    assert found(fixed_ips=["ip_address=10.0.0.17", f"subnet_id={subnet}"]) == {one["id"]}
    assert found(fixed_ips=["ip_address=10.0.0.17", f"subnet_id={NOWHERE}"]) == set()
    assert found(fixed_ips="ip_address_substr=0.0.1") == both
    assert found(fixed_ips="ip_address_substr=0_0") == set()
    assert found(security_groups=one["security_groups"][0]) == {one["id"]}
    assert found(mac_address=[one["mac_address"], two["mac_address"]]) == both
    assert member("GET /ports", fixed_ips="colour=red").code == 400


def test_an_attached_port_is_not_its_owners_to_remove(cloud: Cloud, member: Asker, admin: Asker) -> None:
    made = cloud.network(member)
    port = cloud.port(member, made, device_owner="compute:nova", device_id="s")
    assert member(f"DELETE /ports/{port['id']}").code == 403
    assert admin(f"DELETE /ports/{port['id']}").code == 204
    assert member(f"GET /ports/{port['id']}").code == 404
