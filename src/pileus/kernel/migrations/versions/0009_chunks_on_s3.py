"""Chunks on s3."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "chunk_leases",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("store", sa.String(length=63), nullable=False),
        sa.Column("is_over", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunk_leases")),
    )
    with op.batch_alter_table("chunk_leases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chunk_leases_store"), ["store"], unique=False)

    op.create_table(
        "chunk_marks",
        sa.Column("store", sa.String(length=63), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("store", name=op.f("pk_chunk_marks")),
    )
    op.create_table(
        "chunk_packs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("store", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("writer", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunk_packs")),
    )
    with op.batch_alter_table("chunk_packs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chunk_packs_store"), ["store"], unique=False)
        batch_op.create_index(batch_op.f("ix_chunk_packs_writer"), ["writer"], unique=False)

    op.create_table(
        "chunk_held",
        sa.Column("pack", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lease", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["pack"], ["chunk_packs.id"], name=op.f("fk_chunk_held_pack"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pack", "lease", name=op.f("pk_chunk_held")),
    )
    with op.batch_alter_table("chunk_held", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chunk_held_lease"), ["lease"], unique=False)

    op.create_table(
        "chunk_places",
        sa.Column("address", sa.LargeBinary(length=32), nullable=False),
        sa.Column("pack", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pack"], ["chunk_packs.id"], name=op.f("fk_chunk_places_pack"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("address", "pack", name=op.f("pk_chunk_places")),
    )
    with op.batch_alter_table("chunk_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chunk_places_pack"), ["pack"], unique=False)
