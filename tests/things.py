"""Tables for the kernel's own tests; they are no part of the cloud's schema."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, UniqueConstraint, bindparam, select

from pileus.kernel.store import Document, Id, Moment, Name, Number

tables = MetaData()

things = Table(
    "things",
    tables,
    Column("id", Id, primary_key=True),
    Column("name", Name),
    Column("size", Integer, nullable=False, default=1),
    Column("extras", Document),
    Column("password_hash", Name),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    UniqueConstraint("name"),
    info={"kind": "big_thing", "secret": {"password_hash"}},
)

parts = Table(
    "parts",
    tables,
    Column("id", Number, primary_key=True),
    Column("thing_id", Id, ForeignKey("things.id"), nullable=False),
    info={"kind": "part"},
)

heartbeats = Table("heartbeats", tables, Column("host", Name, primary_key=True), info={"history": False})

all_things = select(things).order_by(things.c.created_at, things.c.id)
by_name = select(things).where(things.c.name == bindparam("called"))
