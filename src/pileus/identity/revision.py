"""One number that grows with every change of who may do what, so that callers once worked out can be kept."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, select

from pileus.kernel.store import Number, Tx, metadata

revisions = Table(
    "identity_revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Number, nullable=False),
    info={"kind": "revision", "history": False},
)

_NUMBER = select(revisions.c.number)
_GROW = revisions.update().values(number=revisions.c.number + 1)


def revision(tx: Tx) -> int:
    """The present number."""
    return int(tx.value(_NUMBER) or 0)


def changed(tx: Tx) -> None:
    """Say that callers worked out before this transaction may be others after it, in every process."""
    if not tx.run(_GROW):
        tx.insert(revisions, id=1, number=1)
