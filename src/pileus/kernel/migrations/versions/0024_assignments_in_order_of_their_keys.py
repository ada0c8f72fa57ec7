"""Assignments in order of their keys."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    with op.batch_alter_table("identity_assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_assignments_group_id"))
        batch_op.drop_index(batch_op.f("ix_identity_assignments_role_id"))
        batch_op.drop_index(batch_op.f("ix_identity_assignments_scope_id"))
        batch_op.drop_index(batch_op.f("ix_identity_assignments_user_id"))
        batch_op.create_index(batch_op.f("ix_identity_assignments_group_id_key"), ["group_id", "key"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_assignments_role_id_key"), ["role_id", "key"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_assignments_scope_id_key"), ["scope_id", "key"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_assignments_user_id_key"), ["user_id", "key"], unique=False)
