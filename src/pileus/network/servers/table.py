"""Queries for the ports of servers."""

from __future__ import annotations

from sqlalchemy import Select, bindparam, select

from pileus.network.networks.table import networks
from pileus.network.ports.table import addresses, ports
from pileus.network.subnets.table import subnets

_THEIRS = ports.c.device_owner.startswith("compute:")
_ORDER = (ports.c.slot, ports.c.created_at, ports.c.id)

PORTS_OF = (
    select(ports, networks.c.name.label("network_name"), networks.c.mtu)
    .join(networks, networks.c.id == ports.c.network_id)
    .where(ports.c.device_id == bindparam("server_id"), _THEIRS)
    .order_by(*_ORDER)
)
"""A server's ports in the order of its cards."""

ADDRESSES_OF_SERVERS = (
    select(ports.c.device_id, ports.c.mac_address, networks.c.name, addresses.c.address)
    .join(networks, networks.c.id == ports.c.network_id)
    .join(addresses, addresses.c.port_id == ports.c.id)
    .where(ports.c.device_id.in_(bindparam("servers", expanding=True)), _THEIRS)
    .order_by(ports.c.device_id, *_ORDER, addresses.c.place)
)
SUBNETS_OF_SERVER = (
    select(subnets, addresses.c.address, addresses.c.port_id)
    .join(addresses, addresses.c.subnet_id == subnets.c.id)
    .join(ports, ports.c.id == addresses.c.port_id)
    .where(ports.c.device_id == bindparam("server_id"), _THEIRS)
    .order_by(*_ORDER, addresses.c.place)
)


def servers_with_address(pattern: str, family: int) -> Select[tuple[str]]:
    """Identifiers of servers one of whose addresses of a family (4 or 6) matches a regular expression."""
    six = addresses.c.address.contains(":")
    return (
        select(ports.c.device_id)
        .join(addresses, addresses.c.port_id == ports.c.id)
        .where(addresses.c.address.regexp_match(pattern), six if family == 6 else ~six, _THEIRS)
    )
