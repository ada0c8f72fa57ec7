"""Holdings of hosts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "fleet_boot_lists",
        sa.Column("image", sa.String(length=64), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("image", name=op.f("pk_fleet_boot_lists")),
    )
    with op.batch_alter_table("fleet_boot_lists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fleet_boot_lists_at"), ["at"], unique=False)

    op.create_table(
        "fleet_holdings",
        sa.Column("host_id", sa.String(length=64), nullable=False),
        sa.Column("image", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["host_id"], ["fleet_hosts.id"], name=op.f("fk_fleet_holdings_host_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("host_id", "image", name=op.f("pk_fleet_holdings")),
    )
    with op.batch_alter_table("fleet_holdings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fleet_holdings_image"), ["image"], unique=False)
