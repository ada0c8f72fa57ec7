"""Limits of projects and domains as rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Select, Table, Text, UniqueConstraint, select

from pileus.identity.limits.registered import registered_limits
from pileus.identity.projects.table import projects
from pileus.kernel.store import Id, Moment, Row, Tx, metadata

limits = Table(
    "identity_limits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("registered_id", Id, ForeignKey("identity_registered_limits.id", ondelete="CASCADE"), nullable=False),
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("resource_limit", Integer, nullable=False),
    Column("description", Text),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("registered_id", "project_id"),
    info={"kind": "limit"},
)
"""What a limit is about is told by the registered one; `project_id` may be a domain's."""

WHOLE: Select[Any] = (
    select(
        limits,
        registered_limits.c.service_id,
        registered_limits.c.region_id,
        registered_limits.c.resource_name,
        projects.c.is_domain,
        projects.c.domain_id.label("of_domain"),
    )
    .join(registered_limits, registered_limits.c.id == limits.c.registered_id)
    .join(projects, projects.c.id == limits.c.project_id)
)
"""Limits with what they are about and the domain of whom they are for."""


def limit_of_id(tx: Tx, limit_id: str) -> Row | None:
    """A limit with what it is about."""
    return tx.one(WHOLE.where(limits.c.id == limit_id))
