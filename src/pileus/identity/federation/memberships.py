"""Memberships that are lent: an identity provider puts somebody into groups, and they end by themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Table, bindparam, func, select

from pileus.identity.revision import changed
from pileus.kernel.store import Id, Moment, Row, Tx, metadata

lent = Table(
    "identity_lent_memberships",
    metadata,
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", Id, ForeignKey("identity_groups.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("provider_id", Id, ForeignKey("identity_providers.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("until", Moment, nullable=False),
    info={"kind": "lent_membership"},
)

LENT_GROUPS = select(lent.c.group_id).where(lent.c.user_id == bindparam("user_id"), lent.c.until > bindparam("now"))
"""The groups a user is in for a while; takes `user_id` and `now`."""

LENT_USERS = select(lent.c.user_id).where(lent.c.group_id == bindparam("group_id"), lent.c.until > bindparam("now"))
"""The users who are in a group for a while; takes `group_id` and `now`."""

FIRST_END = (
    select(func.min(lent.c.until))
    .where(lent.c.user_id == bindparam("user_id"), lent.c.until > bindparam("now"))
    .scalar_subquery()
)
"""When the first of a user's lent memberships ends; takes `user_id` and `now`."""

_LIVE = select(lent).where(lent.c.user_id == bindparam("user_id"), lent.c.until > bindparam("now"))
_BY = select(lent).where(lent.c.user_id == bindparam("user_id"), lent.c.provider_id == bindparam("provider_id"))


def lent_to(tx: Tx, user_id: str) -> list[Row]:
    """The lent memberships of a user that have not ended."""
    return tx.all(_LIVE.order_by(lent.c.group_id), user_id=user_id, now=tx.now)


def lend(tx: Tx, user_id: str, provider_id: str, group_ids: Collection[str], until: datetime) -> None:
    """Let a user be in just these groups by what a provider says, until a moment."""
    present = {row["group_id"]: row for row in tx.all(_BY, user_id=user_id, provider_id=provider_id)}
    live = {group_id for group_id, row in present.items() if row["until"] > tx.now}
    for group_id in present.keys() - set(group_ids):
        tx.remove(lent, present[group_id])
    for group_id in group_ids:
        if group_id in present:
            tx.change(lent, present[group_id], until=until)
        else:
            tx.insert(lent, user_id=user_id, group_id=group_id, provider_id=provider_id, until=until)
    if live != set(group_ids):
        changed(tx)
