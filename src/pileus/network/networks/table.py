"""Rows of networks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, bindparam, null, select

from pileus.kernel.store import Name, metadata
from pileus.network.standard import standard_columns

networks = Table(
    "network_networks",
    metadata,
    *standard_columns(),
    Column("name", Name, nullable=False),
    Column("admin_state_up", Boolean, nullable=False),
    Column("status", String(16), nullable=False, default="ACTIVE"),
    Column("shared", Boolean, nullable=False),
    Column("external", Boolean, nullable=False),
    Column("mtu", Integer, nullable=False),
    Column("port_security_enabled", Boolean, nullable=False),
    Column("network_type", String(32), nullable=False),
    Column("physical_network", String(64), unique=True),
    info={"kind": "network"},
)
"""A network has no state of its own (`status` says what every one's is): it stands wherever one of its ports does."""

ROWS = select(
    networks,
    networks.c.project_id.label("tenant_id"),
    networks.c.external.label("router:external"),
    null().label("segmentation_id"),
)
PHYSICAL_ONE = select(networks.c.id).where(networks.c.physical_network == bindparam("name"))
