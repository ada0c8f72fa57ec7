"""Wrong passwords are counted, and too many in a row lock out who they were for.

What does not exist is counted and locked like what does, by a name made from what was asked, so that nobody
learns from it who exists.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, Table, bindparam

from pileus.identity.settings import IdentitySettings
from pileus.kernel.store import Id, Moment, Tx, metadata

failures = Table(
    "identity_failures",
    metadata,
    Column("subject", Id, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    info={"kind": "failure", "history": False},
)

_FORGET = failures.delete().where(failures.c.at < bindparam("before"))
_SAME = failures.update().where(failures.c.subject == bindparam("whose")).values(count=failures.c.count)
_FORGIVE = failures.delete().where(failures.c.subject == bindparam("whose"))


def stranger(*claimed: str | None) -> str:
    """The subject that stands for somebody who does not exist."""
    return hashlib.sha256("\0".join(str(one) for one in claimed).encode()).hexdigest()


def is_locked(tx: Tx, subject: str) -> bool:
    """Whether too many wrong passwords came too short a time ago."""
    settings = tx.part(IdentitySettings)
    if not settings.lockout_attempts:
        return False
    row = tx.find(failures, subject)
    return row is not None and row["count"] >= settings.lockout_attempts and row["at"] > _since(tx)


def note_failure(tx: Tx, subject: str) -> None:
    """Count a wrong password; while locked nothing is counted, so that the lock ends, but as much is written."""
    if not tx.part(IdentitySettings).lockout_attempts:
        return
    if is_locked(tx, subject):
        tx.run(_SAME, whose=subject)
        return
    tx.run(_FORGET, before=_since(tx))
    row = tx.find(failures, subject)
    if row is None:
        tx.insert(failures, subject=subject, count=1, at=tx.now)
    else:
        tx.change(failures, row, count=row["count"] + 1, at=tx.now)


def forgive(tx: Tx, subject: str) -> None:
    """Forget the wrong passwords of somebody who has given the right one."""
    tx.run(_FORGIVE, whose=subject)


def _since(tx: Tx) -> datetime:
    seconds = tx.part(IdentitySettings).lockout_seconds
    return tx.now - timedelta(seconds=seconds) if seconds else datetime.min
