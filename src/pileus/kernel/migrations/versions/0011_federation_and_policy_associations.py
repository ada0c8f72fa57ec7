"""Federation and policy associations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "identity_mappings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("schema_version", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_mappings")),
    )
    op.create_table(
        "identity_service_providers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("auth_url", sa.String(length=255), nullable=False),
        sa.Column("sp_url", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("relay_state_prefix", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_service_providers")),
    )
    op.create_table(
        "identity_providers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("domain_id", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("authorization_ttl", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["identity_projects.id"], name=op.f("fk_identity_providers_domain_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint("domain_id", name=op.f("uq_identity_providers_domain_id")),
    )
    op.create_table(
        "identity_lent_memberships",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["identity_groups.id"], name=op.f("fk_identity_lent_memberships_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["identity_providers.id"],
            name=op.f("fk_identity_lent_memberships_provider_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_users.id"], name=op.f("fk_identity_lent_memberships_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "group_id", "provider_id", name=op.f("pk_identity_lent_memberships")),
    )
    with op.batch_alter_table("identity_lent_memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_lent_memberships_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_lent_memberships_provider_id"), ["provider_id"], unique=False)

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

    op.create_table(
        "identity_protocols",
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("mapping_id", sa.String(length=64), nullable=False),
        sa.Column("remote_id_attribute", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["identity_providers.id"],
            name=op.f("fk_identity_protocols_provider_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("provider_id", "id", name=op.f("pk_identity_protocols")),
    )
    op.create_table(
        "identity_provider_remote_ids",
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["identity_providers.id"],
            name=op.f("fk_identity_provider_remote_ids_provider_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("remote_id", name=op.f("pk_identity_provider_remote_ids")),
    )
    with op.batch_alter_table("identity_provider_remote_ids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_provider_remote_ids_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "identity_shadows",
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("protocol_id", sa.String(length=64), nullable=False),
        sa.Column("unique_id", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_providers.id"], name=op.f("fk_identity_shadows_provider_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_users.id"], name=op.f("fk_identity_shadows_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("provider_id", "protocol_id", "unique_id", name=op.f("pk_identity_shadows")),
    )
    with op.batch_alter_table("identity_shadows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_shadows_user_id"), ["user_id"], unique=False)
