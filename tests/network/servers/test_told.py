"""What is told of a server's network."""

from __future__ import annotations

from typing import Any

from pileus.network import addresses_of, make_ports, network_data, servers_with_address
from pileus.network.ports.table import ports
from tests.asking import Asker
from tests.network.conftest import Cloud, server


def plug(cloud: Cloud, name: str, network: Any, address: str) -> dict[str, Any]:
    """A server with a card."""
    card = {"network_id": network["id"], "port_id": None, "fixed_ip": address, "tag": None}
    return cloud.store.write(make_ports, server(name), cloud.host("h1"), cards=[card], groups=[])[0]


def test_the_addresses_of_many_servers_are_told_by_network(cloud: Cloud, member: Asker) -> None:
    one, two = cloud.network(member, "10.1.0.0/24", name="one"), cloud.network(member, "2001:db8::/64", name="two")
    first, second = plug(cloud, "s1", one, "10.1.0.9"), plug(cloud, "s1", two, "2001:db8::9")
    plug(cloud, "s2", one, "10.1.0.10")
    found = cloud.store.look(addresses_of, [server(name)["id"] for name in ("s1", "s2", "s3")])
    assert found[server("s1")["id"]] == {
        "one": [
            {
                "version": 4,
                "addr": "10.1.0.9",
                "OS-EXT-IPS:type": "fixed",
                "OS-EXT-IPS-MAC:mac_addr": first["mac_address"],
            }
        ],
        "two": [
            {
                "version": 6,
                "addr": "2001:db8::9",
                "OS-EXT-IPS:type": "fixed",
                "OS-EXT-IPS-MAC:mac_addr": second["mac_address"],
            }
        ],
    }
    assert set(found) == {server("s1")["id"], server("s2")["id"]}
    assert cloud.store.look(addresses_of, []) == {}


def test_servers_are_found_by_what_their_addresses_look_like(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member, "10.1.0.0/24")
    plug(cloud, "s1", network, "10.1.0.9")
    plug(cloud, "s2", network, "10.1.0.19")
    cloud.port(member, network, fixed_ips=[{"ip_address": "10.1.0.29"}], device_id="s3")

    def found(pattern: str, family: int) -> set[str]:
        chosen = ports.c.device_id.in_(servers_with_address(pattern, family))
        rows = cloud.store.look(lambda tx: tx.all(ports.select().where(chosen)))
        return {row["device_id"] for row in rows}

    assert found(r"^10\.1\.0\.9$", 4) == {server("s1")["id"]}
    assert found("9$", 4) == {server("s1")["id"], server("s2")["id"]}
    assert found("9$", 6) == set()


def test_a_guest_is_told_how_to_set_up_its_cards(cloud: Cloud, member: Asker) -> None:
    network = cloud.network(member, None, mtu=1400)
    routes = [{"destination": "10.9.0.0/16", "nexthop": "10.1.0.3"}]
    cloud.subnet(
        member, network, cidr="10.1.0.0/24", enable_dhcp=False, dns_nameservers=["9.9.9.9"], host_routes=routes
    )
    cloud.subnet(member, network, cidr="2001:db8::/64", ipv6_ra_mode="slaac", ipv6_address_mode="slaac")
    nic = plug(cloud, "s1", network, "10.1.0.9")
    link = f"tap{nic['id'][:11]}"
    told = cloud.store.read(network_data, server("s1")["id"])
    assert told == {
        "links": [
            {
                "id": link,
                "vif_id": nic["id"],
                "type": "bridge",
                "mtu": 1400,
                "ethernet_mac_address": nic["mac_address"],
            }
        ],
        "networks": [
            {
                "id": "network0",
                "link": link,
                "network_id": network["id"],
                "type": "ipv4",
                "ip_address": "10.1.0.9",
                "netmask": "255.255.255.0",
                "routes": [
                    {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.1.0.1"},
                    {"network": "10.9.0.0", "netmask": "255.255.0.0", "gateway": "10.1.0.3"},
                ],
                "services": [{"type": "dns", "address": "9.9.9.9"}],
            },
            {"id": "network1", "link": link, "network_id": network["id"], "type": "ipv6_slaac"},
        ],
        "services": [{"type": "dns", "address": "9.9.9.9"}],
    }
    dhcp = cloud.network(member, "10.2.0.0/24")
    plug(cloud, "s2", dhcp, "10.2.0.9")
    told = cloud.store.read(network_data, server("s2")["id"])
    assert [one["type"] for one in told["networks"]] == ["ipv4_dhcp"]
    assert cloud.store.read(network_data, "nobody") == {"links": [], "networks": [], "services": []}
