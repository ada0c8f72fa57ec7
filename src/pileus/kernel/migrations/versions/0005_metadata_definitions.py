"""Metadata definitions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "image_namespaces",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("namespace", sa.String(length=80), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_namespaces")),
        sa.UniqueConstraint("namespace", name=op.f("uq_image_namespaces_namespace")),
    )
    with op.batch_alter_table("image_namespaces", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_image_namespaces_created_at_namespace"), ["created_at", "namespace"], unique=False
        )

    op.create_table(
        "image_resource_types",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_image_resource_types")),
    )
    op.create_table(
        "image_namespace_objects",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("namespace_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("required", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["namespace_id"],
            ["image_namespaces.id"],
            name=op.f("fk_image_namespace_objects_namespace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_namespace_objects")),
        sa.UniqueConstraint("namespace_id", "name", name=op.f("uq_image_namespace_objects_namespace_id_name")),
    )
    op.create_table(
        "image_namespace_properties",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("namespace_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["namespace_id"],
            ["image_namespaces.id"],
            name=op.f("fk_image_namespace_properties_namespace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_namespace_properties")),
        sa.UniqueConstraint("namespace_id", "name", name=op.f("uq_image_namespace_properties_namespace_id_name")),
    )
    op.create_table(
        "image_namespace_resource_types",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("namespace_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("prefix", sa.String(length=80), nullable=True),
        sa.Column("properties_target", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["namespace_id"],
            ["image_namespaces.id"],
            name=op.f("fk_image_namespace_resource_types_namespace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_namespace_resource_types")),
        sa.UniqueConstraint("namespace_id", "name", name=op.f("uq_image_namespace_resource_types_namespace_id_name")),
    )
    op.create_table(
        "image_namespace_tags",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("namespace_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["namespace_id"],
            ["image_namespaces.id"],
            name=op.f("fk_image_namespace_tags_namespace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_namespace_tags")),
        sa.UniqueConstraint("namespace_id", "name", name=op.f("uq_image_namespace_tags_namespace_id_name")),
    )
