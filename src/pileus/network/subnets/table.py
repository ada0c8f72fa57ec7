"""Rows of subnets."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, bindparam, select

from pileus.kernel.store import Document, Id, Name, metadata
from pileus.network.networks.table import networks
from pileus.network.standard import standard_columns

subnets = Table(
    "network_subnets",
    metadata,
    *standard_columns(),
    Column("name", Name, nullable=False),
    Column("network_id", ForeignKey(networks.c.id), nullable=False, index=True),
    Column("ip_version", Integer, nullable=False),
    Column("cidr", String(64), nullable=False),
    Column("subnetpool_id", Id, index=True),
    Column("gateway_ip", String(64)),
    Column("allocation_pools", Document, nullable=False),
    Column("enable_dhcp", Boolean, nullable=False),
    Column("dns_nameservers", Document, nullable=False),
    Column("host_routes", Document, nullable=False),
    Column("ipv6_ra_mode", String(32)),
    Column("ipv6_address_mode", String(32)),
    info={"kind": "subnet"},
)

ROWS = select(
    subnets,
    subnets.c.project_id.label("tenant_id"),
    networks.c.shared,
    networks.c.external,
    networks.c.external.label("router:external"),
    networks.c.project_id.label("network:project_id"),
).join(networks, networks.c.id == subnets.c.network_id)

OF_NETWORK = (
    select(subnets).where(subnets.c.network_id == bindparam("network_id")).order_by(subnets.c.created_at, subnets.c.id)
)
