"""Rows of security groups and of their rules."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, bindparam, literal, select

from pileus.kernel.store import Name, metadata
from pileus.network.standard import standard_columns

groups = Table(
    "network_security_groups",
    metadata,
    *standard_columns(),
    Column("name", Name, nullable=False),
    Column("is_default", Boolean, nullable=False, default=False),
    info={"kind": "security_group"},
)
Index(
    "uq_network_security_groups_default",
    groups.c.project_id,
    unique=True,
    sqlite_where=groups.c.is_default.is_(True),
    postgresql_where=groups.c.is_default.is_(True),
)

rules = Table(
    "network_security_group_rules",
    metadata,
    *standard_columns(),
    Column("security_group_id", ForeignKey(groups.c.id), nullable=False, index=True),
    Column("direction", String(8), nullable=False),
    Column("ethertype", String(4), nullable=False),
    Column("protocol", String(40)),
    Column("port_range_min", Integer),
    Column("port_range_max", Integer),
    Column("remote_ip_prefix", String(64)),
    Column("normalized_cidr", String(64)),
    Column("remote_group_id", ForeignKey(groups.c.id), index=True),
    info={"kind": "security_group_rule"},
)

ROWS = select(
    groups,
    groups.c.project_id.label("tenant_id"),
    literal(True, Boolean).label("stateful"),
    literal(False, Boolean).label("shared"),
)
RULE_ROWS = select(
    rules,
    rules.c.project_id.label("tenant_id"),
    groups.c.project_id.label("security_group:project_id"),
    groups.c.is_default.label("belongs_to_default_sg"),
).join(groups, groups.c.id == rules.c.security_group_id)

RULES_OF = RULE_ROWS.where(rules.c.security_group_id.in_(bindparam("groups", expanding=True))).order_by(
    rules.c.created_at, rules.c.id
)
NAMING = select(rules).where(rules.c.remote_group_id == bindparam("group_id"))
DEFAULT = select(groups).where(groups.c.project_id == bindparam("project_id"), groups.c.is_default.is_(True))
EXISTING = select(groups.c.id, groups.c.project_id).where(groups.c.id.in_(bindparam("groups", expanding=True)))
NAMED = select(groups.c.id, groups.c.name).where(
    groups.c.project_id == bindparam("project_id"), groups.c.name == bindparam("name")
)
