"""Rows of the fleet: hosts, what is wanted of each, and what each has seen."""

from __future__ import annotations

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from pileus.kernel.store import Document, Id, Moment, Name, Number, metadata

hosts = Table(
    "fleet_hosts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("name", Name, nullable=False, unique=True),
    Column("zone", Name, nullable=False),
    Column("secret", LargeBinary(32), nullable=False),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("disabled_reason", Text),
    Column("forced_down", Boolean, nullable=False, default=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment),
    info={"kind": "host", "secret": {"secret"}},
)

pulses = Table(
    "fleet_pulses",
    metadata,
    Column("host_id", ForeignKey(hosts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Number, nullable=False, default=0),
    Column("beat_at", Moment),
    Column("boot", String(64)),
    Column("capacity", Document),
    Column("usage", Document),
    info={"history": False},
)
"""What changes all the time of a host: its last heartbeat, and the last number drawn for what is wanted of it."""

wanted = Table(
    "fleet_wanted",
    metadata,
    Column("host_id", ForeignKey(hosts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("number", Number, nullable=False),
    Column("body", Document),
    Index(None, "host_id", "number"),
    info={"history": False},
)
"""What a host is to bring about; an empty body asks it to remove the thing."""

seen = Table(
    "fleet_seen",
    metadata,
    Column("host_id", ForeignKey(hosts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("number", Number, nullable=False),
    Column("body", Document),
    Column("at", Moment, nullable=False),
    info={"history": False},
)
"""What a host last said of a thing, and which wanted number it had answered by then."""

_AMONG: BindParameter[str] = bindparam("hosts", expanding=True)

DRAW = (
    pulses.update()
    .where(pulses.c.host_id.in_(_AMONG))
    .values(number=pulses.c.number + 1)
    .returning(pulses.c.host_id, pulses.c.number)
)
"""The next number of each host, drawn under its row's lock: commit order is number order."""

_THE_KIND, _THE_ID = wanted.c.kind == bindparam("kind"), wanted.c.id == bindparam("id")

ASKED = select(wanted.c.host_id).where(wanted.c.host_id.in_(_AMONG), _THE_KIND, _THE_ID)
ASK = wanted.insert().values(host_id=bindparam("key_host"), kind=bindparam("key_kind"), id=bindparam("key_id"))
ASK_ANEW = wanted.update().where(
    wanted.c.host_id == bindparam("key_host"),
    wanted.c.kind == bindparam("key_kind"),
    wanted.c.id == bindparam("key_id"),
)

WANTED_ONE = select(wanted).where(wanted.c.host_id == bindparam("host_id"), _THE_KIND, _THE_ID)
WANTED_ABOVE = (
    select(wanted)
    .where(wanted.c.host_id == bindparam("host_id"), wanted.c.number > bindparam("above"))
    .order_by(wanted.c.number)
    .limit(bindparam("limit"))
)
SEEN_ONE = select(seen).where(
    seen.c.host_id == bindparam("host_id"), seen.c.kind == bindparam("kind"), seen.c.id == bindparam("id")
)
LAST_NUMBER = select(func.coalesce(func.max(hosts.c.number), 0))
EVERY_HOST = select(hosts, pulses).join(pulses, pulses.c.host_id == hosts.c.id).order_by(hosts.c.name)
HOST = EVERY_HOST.where(hosts.c.id == bindparam("id"))
HOST_NAMED = EVERY_HOST.where(hosts.c.name == bindparam("name"))
