"""Rows of servers, and the queries on them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    text,
)

from pileus.kernel.store import Document, Id, Moment, Name, Row, Tx, metadata

HERE = text("deleted_at IS NULL")
"""Whom most questions are about; of the others there may be many more."""

servers = Table(
    "compute_servers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Name, nullable=False),
    Column("description", Name),
    Column("hostname", Name, nullable=False),
    Column("metadata", Document, nullable=False),
    Column("tags", Document, nullable=False),
    Column("key_name", Name),
    Column("public_key", Text),
    Column("user_data", Text),
    Column("files", Document, nullable=False),
    Column("config_drive", Boolean, nullable=False, default=False),
    Column("access_ipv4", String(64), nullable=False, default=""),
    Column("access_ipv6", String(64), nullable=False, default=""),
    Column("disk_config", String(8), nullable=False, default="MANUAL"),
    Column("hints", Document, nullable=False),
    Column("group_id", Id),
    Column("reservation_id", String(32), nullable=False),
    Column("launch_index", Integer, nullable=False, default=0),
    Column("image_id", Id),
    Column("image", Document),
    Column("kernel_id", Id),
    Column("ramdisk_id", Id),
    Column("flavor_id", Name, nullable=False),
    Column("flavor", Document, nullable=False),
    Column("vcpus", Integer, nullable=False),
    Column("memory_mib", Integer, nullable=False),
    Column("ecu", Integer, nullable=False),
    Column("locked_by", String(16)),
    Column("locked_reason", Name),
    Column("zone", Name),
    Column("pinned_zone", Name),
    Column("host_id", Id),
    Column("host_name", Name),
    Column("power", String(16), nullable=False, default="running"),
    Column("turn", Integer, nullable=False, default=0),
    Column("gently", Boolean, nullable=False, default=False),
    Column("asked", Document, nullable=False),
    Column("seen", Document),
    Column("stage", String(16)),
    Column("marked", String(16)),
    Column("fault", Document),
    Column("decision", Document),
    Column("status", String(24), nullable=False, default="BUILD"),
    Column("vm_state", String(24), nullable=False, default="building"),
    Column("task_state", String(32)),
    Column("power_state", Integer, nullable=False, default=0),
    Column("launched_at", Moment),
    Column("deleted_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    Index(None, "project_id", "created_at", "id", sqlite_where=HERE, postgresql_where=HERE),
    Index(None, "host_id"),
    Index(None, "created_at", "id", sqlite_where=HERE, postgresql_where=HERE),
    Index(None, "deleted_at"),
    info={"kind": "server", "secret": {"user_data", "files"}},
)
"""`flavor` and `image` are kept as they were when the server was made; `power`, `turn` and `gently` are what is
wanted of its guest, `seen` what its host last said, `stage` how far it is with a snapshot; `status` to `power_state`
are worked out by `states.py`.  With `deleted_at` a server is gone for its owner, and when its `host_id` is gone too,
for its host; the row stays a while."""

UNSEEN = frozenset({"decision", "asked", "image", "seen", "files", "public_key"})
"""Columns that no list shows; they are the larger part of a row."""

LISTED = select(*(column for column in servers.c if column.name not in UNSEEN))
ALIVE = servers.c.deleted_at.is_(None)
ONE = select(servers).where(servers.c.id == bindparam("id"), ALIVE)
LEAVING = select(servers).where(servers.c.id == bindparam("id"))
OF_HOST = select(servers).where(servers.c.host_id == bindparam("host_id"))
USED = select(
    func.count().label("instances"),
    func.coalesce(func.sum(servers.c.vcpus), 0).label("cores"),
    func.coalesce(func.sum(servers.c.memory_mib), 0).label("ram"),
    func.coalesce(func.sum(servers.c.ecu), 0).label("ecu"),
).where(servers.c.project_id.in_(bindparam("project_ids", expanding=True)), ALIVE)
_gone = select(servers.c.id).where(servers.c.deleted_at < bindparam("before"), servers.c.host_id.is_(None))
LONG_GONE = delete(servers).where(servers.c.id.in_(_gone.limit(bindparam("most"))))


def alive(tx: Tx, server_id: str) -> Row | None:
    """A server that has not been deleted."""
    return tx.one(ONE, id=server_id)


def even_leaving(tx: Tx, server_id: str) -> Row | None:
    """A server, even one whose owner sees it no more while its host has still to let it go."""
    return tx.one(LEAVING, id=server_id)


def on_host(tx: Tx, host_id: str) -> Sequence[Row]:
    """All servers of a host."""
    return tx.all(OF_HOST, host_id=host_id)
