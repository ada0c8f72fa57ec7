"""Stores of images."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("image_images", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stores", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("plain_manifest", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("plain_size", sa.BigInteger(), nullable=True))
