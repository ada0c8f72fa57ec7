"""Rows of pushes under way, and of what was sent for them so far."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, bindparam, select

from pileus.chunks import ChunkStore, ChunkStores
from pileus.image.images.table import images
from pileus.kernel.errors import Conflict
from pileus.kernel.store import Document, Id, Moment, Row, Store, Tx, metadata

pushes = Table(
    "image_pushes",
    metadata,
    Column("image_id", Id, ForeignKey(images.c.id, ondelete="CASCADE"), primary_key=True),
    Column("state", String(16), nullable=False, default="open"),
    Column("store", String(63), nullable=False),
    Column("manifest", String(64)),
    Column("missing", Document),
    Column("because", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "updated_at"),
    info={"kind": "image_push"},
)
"""`state`: open (chunks are awaited), checking (they are read and hashed), failed. It ends when its image is active."""

parts = Table(
    "image_push_parts",
    metadata,
    Column("image_id", Id, ForeignKey(pushes.c.image_id, ondelete="CASCADE"), primary_key=True),
    Column("manifest", String(64), primary_key=True),
    Column("store", String(63), nullable=False),
    Column("size", BigInteger, nullable=False, default=0, server_default="0"),
    info={"kind": "image_push_part", "history": False},
)
"""Chunks that came together, `size` bytes of them, each time as an object of its own: a collection spares those."""

PARTS = select(parts.c.manifest).where(parts.c.image_id == bindparam("image_id"))
LIVE_PARTS = select(parts.c.manifest).where(parts.c.store == bindparam("store")).distinct()
PUSHED = select(pushes.c.image_id)
IDLE = select(pushes).where(pushes.c.updated_at < bindparam("before"), pushes.c.state != "checking")


def store_of(store: Store | Tx, push: Row) -> ChunkStore:
    """Where a push goes; raises Conflict where its store is no more."""
    stores = store.part(ChunkStores)
    if push["store"] not in stores:
        raise Conflict(f"The store {push['store']} is not there any more; give the push up and begin another.")
    return stores[push["store"]]


def push_row(tx: Tx, image_id: str) -> Row | None:
    """The push of an image, if there is one."""
    return tx.find(pushes, image_id)
