"""Rows of subnet pools."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, Table, bindparam, null, select

from pileus.kernel.store import Document, Name, metadata
from pileus.network.standard import standard_columns
from pileus.network.subnets.table import subnets

subnetpools = Table(
    "network_subnetpools",
    metadata,
    *standard_columns(),
    Column("name", Name, nullable=False),
    Column("prefixes", Document, nullable=False),
    Column("ip_version", Integer, nullable=False),
    Column("min_prefixlen", Integer, nullable=False),
    Column("default_prefixlen", Integer, nullable=False),
    Column("max_prefixlen", Integer, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("is_default", Boolean, nullable=False),
    info={"kind": "subnetpool"},
)

ROWS = select(
    subnetpools,
    subnetpools.c.project_id.label("tenant_id"),
    null().label("default_quota"),
    null().label("address_scope_id"),
)
DEFAULT = ROWS.where(subnetpools.c.is_default.is_(True), subnetpools.c.ip_version == bindparam("ip_version"))
CUT = select(subnets.c.cidr).where(subnets.c.subnetpool_id == bindparam("pool_id"))
