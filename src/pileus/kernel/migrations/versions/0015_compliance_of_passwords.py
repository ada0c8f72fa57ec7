"""Compliance of passwords."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    with op.batch_alter_table("identity_users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_chosen_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("last_active_at", sa.DateTime(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_identity_users_password_expires_at"), ["password_expires_at"], unique=False
        )
