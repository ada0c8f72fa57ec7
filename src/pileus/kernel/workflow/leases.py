"""Who holds which work: due work is claimed by a lease that names node, boot and claim, and is renewed while held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, case, false, func, literal_column, or_, select

from pileus.kernel.caller import Caller
from pileus.kernel.tables import Row
from pileus.kernel.transaction import Tx
from pileus.kernel.workflow.journal import LIVE, works
from pileus.kernel.workflow.steps import KINDS

LEASE = 30.0
"""Seconds after which work whose holder is silent is taken by another; clocks may differ by less."""


@dataclass(frozen=True)
class Holder:
    """A process that works: its node's name and a boot that no other process has."""

    node: str
    boot: str


@dataclass(frozen=True)
class Lease:
    """The right to go on with one work, until another claims it."""

    work_id: str
    claim: int
    who: Caller | None


class Lost(Exception):
    """The lease has gone to another; nothing more may be written."""


def claim(tx: Tx, holder: Holder, most: int) -> list[Lease]:
    """Take work that is due, is free and is of a kind this process knows; the longest due first."""
    statement = _claim(frozenset(KINDS))
    until = tx.now + timedelta(seconds=LEASE)
    rows = tx.all(statement, at=tx.now, most=most, until=until, by_node=holder.node, by_boot=holder.boot)
    rows.sort(key=lambda row: (row["due_at"], row["started_at"], row["id"]))
    return [Lease(row["id"], row["claim"], _who(row)) for row in rows]


def held(tx: Tx, lease: Lease) -> Row:
    """The row of claimed work; raises Lost if the claim is no longer ours."""
    row = tx.find(works, lease.work_id)
    if row is None or row["claim"] != lease.claim or row["leased_until"] is None:
        raise Lost(lease.work_id)
    return row


def renew(tx: Tx, leases: Collection[Lease]) -> None:
    """Hold on to work for another lease."""
    until = tx.now + timedelta(seconds=LEASE)
    for lease in leases:
        tx.run(_RENEW, work=lease.work_id, held=lease.claim, until=until)


def release(tx: Tx, lease: Lease) -> None:
    """Let another take the work at once."""
    tx.run(_RENEW, work=lease.work_id, held=lease.claim, until=None)


def take_back(tx: Tx, holder: Holder) -> int:
    """Free what earlier boots of this node held when they ended; how many."""
    return tx.run(_TAKE_BACK, of_node=holder.node, of_boot=holder.boot)


def next_due(tx: Tx) -> datetime | None:
    """When the next work can be claimed, if there is any."""
    found: datetime | None = tx.value(_next_due(frozenset(KINDS)))
    return found


_MINE = and_(works.c.id == bindparam("work"), works.c.claim == bindparam("held"), works.c.leased_until.is_not(None))
_RENEW = works.update().where(_MINE).values(leased_until=bindparam("until"))
_TAKE_BACK = (
    works.update()
    .where(LIVE, works.c.node == bindparam("of_node"), works.c.boot != bindparam("of_boot"))
    .where(works.c.leased_until.is_not(None))
    .values(leased_until=None)
)


def _known(kinds: frozenset[tuple[str, int]]) -> ColumnElement[bool]:
    versions = {version for _, version in kinds}
    return or_(
        false(),
        *(
            and_(
                works.c.version == literal_column(str(version)),
                works.c.kind.in_([literal_column(f"'{kind}'") for kind, of in sorted(kinds) if of == version]),
            )
            for version in sorted(versions)
        ),
    )


@cache
def _claim(kinds: frozenset[tuple[str, int]]) -> Update:
    free = or_(works.c.leased_until.is_(None), works.c.leased_until <= bindparam("at"))
    due = (
        select(works.c.id)
        .where(LIVE, works.c.due_at <= bindparam("at"), free, _known(kinds))
        .order_by(works.c.due_at, works.c.started_at, works.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken: dict[str, Any] = {"node": bindparam("by_node"), "boot": bindparam("by_boot"), "claim": works.c.claim + 1}
    told = (works.c[name] for name in ("id", "claim", "due_at", "started_at", "user_id", "project_id", "request_id"))
    within = works.c.id.in_(select(due.c.id))
    return works.update().where(within).values(**taken, leased_until=bindparam("until")).returning(*told)


@cache
def _next_due(kinds: frozenset[tuple[str, int]]) -> Select[Any]:
    when = case((works.c.leased_until > works.c.due_at, works.c.leased_until), else_=works.c.due_at)
    return select(func.min(when)).where(LIVE, _known(kinds))


def _who(row: Row) -> Caller | None:
    if row["user_id"] is None:
        return None
    return Caller(user_id=row["user_id"], project_id=row["project_id"], request_id=row["request_id"] or "")
