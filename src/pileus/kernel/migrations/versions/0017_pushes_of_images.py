"""Pushes of images."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "image_pushes",
        sa.Column("image_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("store", sa.String(length=63), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=True),
        sa.Column("missing", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image_images.id"], name=op.f("fk_image_pushes_image_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_image_pushes")),
    )
    with op.batch_alter_table("image_pushes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_pushes_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "image_push_parts",
        sa.Column("image_id", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("store", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image_pushes.image_id"], name=op.f("fk_image_push_parts_image_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", "manifest", name=op.f("pk_image_push_parts")),
    )
