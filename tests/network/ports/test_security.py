"""What may pass a port."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker
from tests.network.conftest import Cloud


def group(asker: Asker, name: str) -> str:
    """A new security group."""
    return str(asker("POST /security-groups", {"security_group": {"name": name}}).body["security_group"]["id"])


def test_a_port_is_in_the_groups_it_is_put_in(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    one, two = group(member, "one"), group(member, "two")
    port = cloud.port(member, made, security_groups=[one, one])
    assert port["security_groups"] == [one]
    heard = member(f"PUT /ports/{port['id']}", {"port": {"security_groups": [one, two]}})
    assert sorted(heard.body["port"]["security_groups"]) == sorted([one, two])
    assert heard.body["port"]["revision_number"] == 2
    emptied = member(f"PUT /ports/{port['id']}", {"port": {"security_groups": []}})
    assert emptied.body["port"]["security_groups"] == []


def test_a_port_is_in_no_group_of_somebody_else(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    theirs = group(cloud.as_("member", "shop"), "theirs")
    heard = member("POST /ports", {"port": {"network_id": made["id"], "security_groups": [theirs]}})
    assert (heard.code, heard.body["NeutronError"]["type"]) == (404, "SecurityGroupNotFound")


def test_an_open_port_has_no_groups_and_no_pairs(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    base: dict[str, Any] = {"network_id": made["id"], "port_security_enabled": False}
    assert cloud.port(member, made, port_security_enabled=False)["security_groups"] == []
    assert member("POST /ports", {"port": {**base, "security_groups": [group(member, "g")]}}).code == 400
    pairs = [{"ip_address": "10.0.0.0/24"}]
    heard = member("POST /ports", {"port": {**base, "allowed_address_pairs": pairs}})
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "AddressPairAndPortSecurityRequired")


def test_a_port_is_opened_only_when_it_has_left_its_groups(cloud: Cloud, member: Asker) -> None:
    port = cloud.port(member, cloud.network(member))
    heard = member(f"PUT /ports/{port['id']}", {"port": {"port_security_enabled": False}})
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "PortSecurityPortHasSecurityGroup")
    words = {"port_security_enabled": False, "security_groups": []}
    assert member(f"PUT /ports/{port['id']}", {"port": words}).body["port"]["port_security_enabled"] is False


def test_ports_of_an_open_network_are_open(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, port_security_enabled=False)
    port = cloud.port(member, made)
    assert (port["port_security_enabled"], port["security_groups"]) == (False, [])


def test_further_addresses_go_with_the_ports_own_mac_unless_told(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    pairs = [{"ip_address": "10.0.0.9"}, {"ip_address": "10.1.0.0/16", "mac_address": "fa:16:3e:00:00:07"}]
    port = cloud.port(member, made, allowed_address_pairs=pairs)
    assert port["allowed_address_pairs"] == [
        {"ip_address": "10.0.0.9", "mac_address": port["mac_address"]},
        {"ip_address": "10.1.0.0/16", "mac_address": "fa:16:3e:00:00:07"},
    ]
    twice = [{"ip_address": "10.0.0.9"}, {"ip_address": "10.0.0.9", "mac_address": port["mac_address"]}]
    for bad in (twice, [{"ip_address": f"10.0.0.{n}"} for n in range(11)]):
        heard = member(f"PUT /ports/{port['id']}", {"port": {"allowed_address_pairs": bad}})
        assert heard.code == 400
    heard = member(f"PUT /ports/{port['id']}", {"port": {"allowed_address_pairs": []}})
    assert heard.body["port"]["allowed_address_pairs"] == []
