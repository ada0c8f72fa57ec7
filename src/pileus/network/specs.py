"""Rows as what hosts are told: a port, a network, a security group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import bindparam, select

from pileus.kernel.store import Tx
from pileus.network.host import spec
from pileus.network.networks.table import networks
from pileus.network.ports.table import ADDRESSES_OF, GROUPS_OF, SERVICE, addresses, memberships, ports
from pileus.network.security_groups.table import NAMING, RULES_OF
from pileus.network.settings import NetworkSettings
from pileus.network.subnets.table import OF_NETWORK

_ADVERTISED: Mapping[str, Literal["slaac", "stateless", "stateful"]] = {
    "slaac": "slaac",
    "dhcpv6-stateless": "stateless",
    "dhcpv6-stateful": "stateful",
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SERVICE_ADDRESSES = (
    select(addresses.c.address)
    .join(ports, ports.c.id == addresses.c.port_id)
    .where(
        ports.c.network_id == bindparam("network_id"),
        ports.c.binding_host == bindparam("host"),
        ports.c.device_owner == SERVICE,
    )
    .order_by(addresses.c.subnet_id, addresses.c.number)
)
_MEMBERS = (
    select(addresses.c.address)
    .join(memberships, memberships.c.port_id == addresses.c.port_id)
    .where(memberships.c.group_id == bindparam("group_id"))
    .order_by(addresses.c.address)
)
_PAIRED = (
    select(ports.c.allowed_address_pairs)
    .join(memberships, memberships.c.port_id == ports.c.id)
    .where(memberships.c.group_id == bindparam("group_id"), ports.c.allowed_address_pairs != [])
)


def port_spec(tx: Tx, port: Mapping[str, Any]) -> spec.Port:
    """What a host is told of a port."""
    network = tx.find(networks, port["network_id"]) or {}
    held = tx.all(ADDRESSES_OF, ports=[port["id"]])
    pairs = port["allowed_address_pairs"]
    return spec.Port(
        id=port["id"],
        network_id=port["network_id"],
        mac=port["mac_address"],
        addresses=tuple(spec.Address(row["subnet_id"], row["address"]) for row in held),
        pairs=tuple(spec.Pair(pair["ip_address"], pair["mac_address"]) for pair in pairs),
        groups=tuple(row["group_id"] for row in tx.all(GROUPS_OF, ports=[port["id"]])),
        guarded=port["port_security_enabled"],
        up=port["admin_state_up"] and network["admin_state_up"],
        guest_id=port["device_id"] if _UUID.fullmatch(port["device_id"]) else "",
        hostname=port["hostname"],
    )


def network_spec(tx: Tx, network: Mapping[str, Any], host: str) -> spec.Network:
    """What a host is told of a network; `host` is its name."""
    settings = tx.part(NetworkSettings)
    outward = network["physical_network"] is not None
    held = tx.all(_SERVICE_ADDRESSES, network_id=network["id"], host=host)
    return spec.Network(
        id=network["id"],
        mtu=network["mtu"],
        subnets=tuple(_subnet(row, settings) for row in tx.all(OF_NETWORK, network_id=network["id"])),
        service_addresses=tuple(row["address"] for row in held),
        uplink=outward and settings.gateway_on_hosts,
        gateway_here=outward and settings.gateway_on_hosts,
        attached=outward,
        domain=settings.dns_domain,
    )


def _subnet(row: Mapping[str, Any], settings: NetworkSettings) -> spec.Subnet:
    return spec.Subnet(
        id=row["id"],
        cidr=row["cidr"],
        gateway=row["gateway_ip"],
        dhcp=row["enable_dhcp"],
        ipv6=_ADVERTISED.get(row["ipv6_ra_mode"] or ""),
        dns=tuple(row["dns_nameservers"] or settings.dns_servers),
        routes=tuple(spec.Route(one["destination"], one["nexthop"]) for one in row["host_routes"]),
    )


def group_spec(tx: Tx, group_id: str) -> spec.Group:
    """What a host is told of a group; its members only where a rule somewhere names it."""
    return spec.Group(
        id=group_id,
        rules=tuple(_rule(row) for row in tx.all(RULES_OF, groups=[group_id])),
        members=_members(tx, group_id) if tx.one(NAMING, group_id=group_id) is not None else (),
    )


def _members(tx: Tx, group_id: str) -> tuple[str, ...]:
    own = [row["address"] for row in tx.all(_MEMBERS, group_id=group_id)]
    paired = [pair["ip_address"] for row in tx.all(_PAIRED, group_id=group_id) for pair in row["allowed_address_pairs"]]
    return tuple(dict.fromkeys([*own, *paired]))


def _rule(row: Mapping[str, Any]) -> spec.Rule:
    return spec.Rule(
        direction=row["direction"],
        family=row["ethertype"],
        protocol=row["protocol"],
        low=row["port_range_min"],
        high=row["port_range_max"],
        remote_cidr=row["normalized_cidr"],
        remote_group=row["remote_group_id"],
    )
