"""Rows of ports, of their addresses, and of the security groups they are in."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    select,
)

from pileus.kernel.store import Document, Id, Name, metadata
from pileus.network.networks.table import networks
from pileus.network.standard import standard_columns
from pileus.network.subnets.table import subnets

SERVICE = "network:dhcp"
"""The owner of the ports that are hosts' own places on networks: DHCP, name service, metadata."""

ports = Table(
    "network_ports",
    metadata,
    *standard_columns(),
    Column("name", Name, nullable=False),
    Column("network_id", ForeignKey(networks.c.id), nullable=False),
    Column("mac_address", String(17), nullable=False),
    Column("admin_state_up", Boolean, nullable=False, default=True),
    Column("status", String(16), nullable=False),
    Column("device_id", Name, nullable=False, default="", index=True),
    Column("device_owner", Name, nullable=False, default=""),
    Column("port_security_enabled", Boolean, nullable=False, default=True),
    Column("allowed_address_pairs", Document, nullable=False, default=()),
    Column("vnic_type", String(16), nullable=False, default="normal"),
    Column("profile", Document, nullable=False),
    Column("vif_type", String(16), nullable=False, default="unbound"),
    Column("binding_host", Name, nullable=False, default=""),
    Column("host_id", Id, index=True),
    Column("slot", Integer, nullable=False, default=0),
    Column("made_for_server", Boolean, nullable=False, default=False),
    Column("hostname", Name, nullable=False, default=""),
    Column("device_tag", Name),
    UniqueConstraint("network_id", "mac_address"),
    info={"kind": "port"},
)
"""`binding_host` is the host's name as the API says it; `host_id` is set while a host is asked for the port.
`slot` numbers a server's cards, `device_tag` is its owner's word for one; a port made for a server goes with it."""

addresses = Table(
    "network_addresses",
    metadata,
    Column("subnet_id", ForeignKey(subnets.c.id), primary_key=True),
    Column("number", String(32), primary_key=True),
    Column("address", String(45), nullable=False),
    Column("port_id", ForeignKey(ports.c.id), index=True),
    Column("place", Integer, nullable=False, default=0),
    Column("left_by", Id),
    Column("left_on", Id, index=True),
    info={"kind": "address"},
)
"""Each address in use once; `number` is the address in hexadecimal digits of fixed length, so that their order is
that of addresses.  One that a port left stays taken until its host (`left_on`) has let go of the port, or of the
network whose service port it was (`left_by`)."""

memberships = Table(
    "network_memberships",
    metadata,
    Column("port_id", ForeignKey(ports.c.id), primary_key=True),
    Column("group_id", ForeignKey("network_security_groups.id"), primary_key=True, index=True),
    info={"kind": "membership"},
)
"""Which ports are in which security groups."""

ROWS = select(
    ports,
    ports.c.project_id.label("tenant_id"),
    networks.c.project_id.label("network:project_id"),
    networks.c.shared,
).join(networks, networks.c.id == ports.c.network_id)

USED_PORT = select(ports.c.id).where(ports.c.network_id == bindparam("network_id")).limit(1)
FOREIGN_PORT = (
    select(ports.c.id)
    .join(networks, networks.c.id == ports.c.network_id)
    .where(
        ports.c.network_id == bindparam("network_id"),
        ports.c.project_id != networks.c.project_id,
        ports.c.device_owner != SERVICE,
    )
    .limit(1)
)
ADDRESSES_OF = (
    select(addresses)
    .where(addresses.c.port_id.in_(bindparam("ports", expanding=True)))
    .order_by(addresses.c.port_id, addresses.c.place)
)
GROUPS_OF = (
    select(memberships)
    .where(memberships.c.port_id.in_(bindparam("ports", expanding=True)))
    .order_by(memberships.c.group_id)
)
