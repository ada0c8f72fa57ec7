"""Which chunk lies in which object of an S3, and who counts on what: tables of the cloud's database, so that all
nodes see the same.

A pack is *open* while its writer's lease lasts, and shows to nobody else; sealed, it shows to all. A lease *holds* the
packs it writes and those in which it found chunks. It lasts as long as its process says so: `beat_at` is renewed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from pileus.kernel.store import Moment, Number, metadata

_QUIET = {"history": False}  # chunks come and go by thousands, and nobody made them by hand

marks = Table(
    "chunk_marks",
    metadata,
    Column("store", String(63), primary_key=True),
    Column("mark", String(64), nullable=False),
    info=_QUIET,
)
"""What stands in the object `owner` of each store: two clouds that shared one would take away each other's packs."""

leases = Table(
    "chunk_leases",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("store", String(63), nullable=False),
    Column("is_over", Integer, nullable=False, default=0),
    Column("beat_at", Moment, nullable=False),
    Index(None, "store"),
    info=_QUIET,
)

packs = Table(
    "chunk_packs",
    metadata,
    Column("id", Number, primary_key=True),
    Column("store", String(63), nullable=False),
    Column("name", String(64), nullable=False),
    Column("writer", String(64)),
    Column("size", BigInteger, nullable=False, default=0),
    Index(None, "store"),
    Index(None, "writer"),
    info=_QUIET,
)

places = Table(
    "chunk_places",
    metadata,
    Column("address", LargeBinary(32), primary_key=True),
    Column("pack", Number, ForeignKey(packs.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Index(None, "pack"),
    info=_QUIET,
)

held = Table(
    "chunk_held",
    metadata,
    Column("pack", Number, ForeignKey(packs.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("lease", String(64), primary_key=True),
    Index(None, "lease"),
    info=_QUIET,
)
