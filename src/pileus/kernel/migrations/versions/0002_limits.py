"""Limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "identity_registered_limits",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=255), nullable=True),
        sa.Column("resource_name", sa.String(length=255), nullable=False),
        sa.Column("default_limit", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id"],
            ["identity_regions.id"],
            name=op.f("fk_identity_registered_limits_region_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["identity_services.id"],
            name=op.f("fk_identity_registered_limits_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_registered_limits")),
        sa.UniqueConstraint("service_id", "region_id", "resource_name", name="uq_identity_registered_limits_place"),
    )
    with op.batch_alter_table("identity_registered_limits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_registered_limits_region_id"), ["region_id"], unique=False)

    op.create_table(
        "identity_limits",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("registered_id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("resource_limit", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["identity_projects.id"], name=op.f("fk_identity_limits_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registered_id"],
            ["identity_registered_limits.id"],
            name=op.f("fk_identity_limits_registered_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_limits")),
        sa.UniqueConstraint("registered_id", "project_id", name=op.f("uq_identity_limits_registered_id_project_id")),
    )
    with op.batch_alter_table("identity_limits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_limits_project_id"), ["project_id"], unique=False)
