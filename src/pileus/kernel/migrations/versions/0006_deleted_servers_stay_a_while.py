"""Deleted servers stay a while, and with them what they used; servers keep files, and what they count for in ECU."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ONCE_HERE = ("ix_compute_servers_project_id_created_at_id", "ix_compute_servers_created_at_id")


def upgrade() -> None:
    op.drop_index("ix_compute_ended_servers_ended_at", "compute_ended_servers")
    op.drop_table("compute_ended_servers")
    with op.batch_alter_table("compute_servers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("files", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("kernel_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("ramdisk_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("ecu", sa.Integer(), nullable=False, server_default="0"))
        for name in ONCE_HERE:
            batch_op.drop_index(name)
    op.execute("UPDATE compute_servers SET ecu = vcpus")
    here: Any = {"sqlite_where": sa.text("deleted_at IS NULL"), "postgresql_where": sa.text("deleted_at IS NULL")}
    op.create_index(ONCE_HERE[0], "compute_servers", ["project_id", "created_at", "id"], **here)
    op.create_index(ONCE_HERE[1], "compute_servers", ["created_at", "id"], **here)
    op.create_index("ix_compute_servers_deleted_at", "compute_servers", ["deleted_at"])
