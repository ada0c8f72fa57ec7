"""Passcodes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "identity_passcodes",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("spent", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tried", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_identity_passcodes")),
    )
    with op.batch_alter_table("identity_passcodes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_passcodes_tried"), ["tried"], unique=False)
