"""Beginnings of names."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_identity_users_name_beginning",
            "identity_users",
            ["name"],
            unique=False,
            postgresql_ops={"name": "varchar_pattern_ops"},
        )
