"""Indexes of identity."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    with op.batch_alter_table("identity_assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_assignments_scope_key"), ["scope", "key"], unique=False)

    with op.batch_alter_table("identity_users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_users_domain_id_id"), ["domain_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_users_enabled_id"), ["enabled", "id"], unique=False)
