"""What is told of a server's network: to those who list servers, to its host, and to its guest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from pileus.kernel.store import Tx
from pileus.network.ports.table import ADDRESSES_OF
from pileus.network.servers.table import ADDRESSES_OF_SERVERS, PORTS_OF, SUBNETS_OF_SERVER
from pileus.network.settings import NetworkSettings

Addresses = dict[str, list[dict[str, Any]]]


def addresses_of(tx: Tx, server_ids: Sequence[str]) -> dict[str, Addresses]:
    """The addresses of many servers by one query: by server, then by the network's name, as servers show them."""
    found: dict[str, Addresses] = {}
    for row in tx.all(ADDRESSES_OF_SERVERS, servers=list(server_ids)) if server_ids else ():
        found.setdefault(row["device_id"], {}).setdefault(row["name"], []).append(
            {
                "version": 6 if ":" in row["address"] else 4,
                "addr": row["address"],
                "OS-EXT-IPS:type": "fixed",
                "OS-EXT-IPS-MAC:mac_addr": row["mac_address"],
            }
        )
    return found


def nics_of(tx: Tx, server_id: str) -> list[dict[str, Any]]:
    """A server's cards in order, each as its row says, with `network_name`, `mtu`, `tag` and `fixed_ips`."""
    rows = tx.all(PORTS_OF, server_id=server_id)
    fixed: dict[str, list[dict[str, str]]] = {row["id"]: [] for row in rows}
    for one in tx.all(ADDRESSES_OF, ports=list(fixed)) if rows else ():
        fixed[one["port_id"]].append({"subnet_id": one["subnet_id"], "ip_address": one["address"]})
    return [{**row, "tag": row["device_tag"], "fixed_ips": fixed[row["id"]]} for row in rows]


def network_data(tx: Tx, server_id: str) -> dict[str, Any]:
    """network_data.json: how a guest is to set up its cards, in the form cloud-init and others read."""
    cards = tx.all(PORTS_OF, server_id=server_id)
    held = tx.all(SUBNETS_OF_SERVER, server_id=server_id)
    servers = tx.part(NetworkSettings).dns_servers
    dns = dict.fromkeys(one for row in held for one in row["dns_nameservers"] or servers)
    return {
        "links": [_link(card) for card in cards],
        "networks": [_network(number, row) for number, row in enumerate(held)],
        "services": [{"type": "dns", "address": one} for one in dns],
    }


def _link(card: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _link_id(card["id"]),
        "vif_id": card["id"],
        "type": "bridge",
        "mtu": card["mtu"],
        "ethernet_mac_address": card["mac_address"],
    }


def _link_id(port_id: str) -> str:
    return f"tap{port_id[:11]}"


def _network(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    base = {"id": f"network{number}", "link": _link_id(row["port_id"]), "network_id": row["network_id"]}
    family = f"ipv{row['ip_version']}"
    if row["enable_dhcp"] and (family == "ipv4" or row["ipv6_address_mode"]):
        way = row["ipv6_address_mode"] if family == "ipv6" else "dhcp"
        return {**base, "type": f"{family}_{way}"}
    cidr = ip_network(row["cidr"])
    return {
        **base,
        "type": family,
        "ip_address": row["address"],
        "netmask": str(cidr.netmask),
        "routes": list(_routes(row, family)),
        "services": [{"type": "dns", "address": one} for one in row["dns_nameservers"]],
    }


def _routes(row: Mapping[str, Any], family: str) -> Iterator[dict[str, str]]:
    if row["gateway_ip"]:
        anywhere = ("0.0.0.0", "0.0.0.0") if family == "ipv4" else ("::", "::")
        yield {"network": anywhere[0], "netmask": anywhere[1], "gateway": row["gateway_ip"]}
    for one in row["host_routes"]:
        cidr = ip_network(one["destination"])
        yield {"network": str(cidr.network_address), "netmask": str(cidr.netmask), "gateway": one["nexthop"]}
