"""The append-only journal of every change: who, when, in which request, from what to what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Column, Index, String, Table, bindparam, select

from pileus.kernel.caller import Caller
from pileus.kernel.tables import Document, Id, Moment, Name, Number, Row, Statements, metadata

Action = Literal["create", "change", "remove"]

HIDDEN = "(hidden)"
"""Stands for a secret's value: that it changed is told, what it is never."""

history = Table(
    "history",
    metadata,
    Column("id", Number, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("resource_id", Name, nullable=False),
    Column("action", String(16), nullable=False),
    Column("user_id", Id),
    Column("project_id", Id),
    Column("request_id", Id),
    Column("before", Document),
    Column("after", Document),
    Index(None, "kind", "resource_id", "id"),
    info={"history": False},
)

append = history.insert()

_oldest = select(history.c.id, history.c.at).order_by(history.c.id).limit(bindparam("most")).subquery()
LONG_PAST = history.delete().where(history.c.id.in_(select(_oldest.c.id).where(_oldest.c.at < bindparam("before"))))
"""Strikes the lines from before `before` among the `most` oldest: to find them, no other is looked at."""


class Scribe:
    """Gathers what one transaction changes, to be written in one insert before it commits."""

    __slots__ = ("_lines", "_who")

    def __init__(self, who: Caller | None) -> None:
        self._who = who
        self._lines: list[dict[str, Any]] = []

    def note(
        self, of: Statements, action: Action, row: Row, *, at: datetime, names: Iterable[str], was: Row | None = None
    ) -> None:
        """One change of one row: `names` are the columns to tell, `was` the row before a change."""
        if not of.kept:
            return
        told = {name: HIDDEN if name in of.secret else row[name] for name in names if row.get(name) is not None or was}
        before = {name: HIDDEN if name in of.secret else was.get(name) for name in told} if was else None
        who = self._who
        self._lines.append(
            {
                "at": at,
                "kind": of.kind,
                "resource_id": "/".join(str(row[key]) for key in of.keys)[:255],
                "action": action,
                "user_id": who.user_id if who else None,
                "project_id": who.project_id if who else None,
                "request_id": who.request_id if who else None,
                "before": told if action == "remove" else before,
                "after": None if action == "remove" else told,
            }
        )

    def lines(self) -> list[dict[str, Any]]:
        """What was gathered."""
        return self._lines
