"""Policy associations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "identity_policy_associations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("policy_id", sa.String(length=64), nullable=False),
        sa.Column("endpoint_id", sa.String(length=64), nullable=True),
        sa.Column("service_id", sa.String(length=64), nullable=True),
        sa.Column("region_id", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["identity_endpoints.id"],
            name=op.f("fk_identity_policy_associations_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"],
            ["identity_policies.id"],
            name=op.f("fk_identity_policy_associations_policy_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id"],
            ["identity_regions.id"],
            name=op.f("fk_identity_policy_associations_region_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["identity_services.id"],
            name=op.f("fk_identity_policy_associations_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_policy_associations")),
    )
    with op.batch_alter_table("identity_policy_associations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_policy_associations_endpoint_id"), ["endpoint_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_policy_associations_policy_id"), ["policy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_policy_associations_region_id"), ["region_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_policy_associations_service_id"), ["service_id"], unique=False)
