"""Trusts as rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, bindparam, select

from pileus.kernel.errors import Unauthorized
from pileus.kernel.store import Id, Moment, Row, Tx, metadata

trusts = Table(
    "identity_trusts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("trustor_user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("trustee_user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), index=True),
    Column("impersonation", Boolean, nullable=False),
    Column("expires_at", Moment),
    Column("remaining_uses", Integer),
    Column("redelegated_trust_id", Id, ForeignKey("identity_trusts.id", ondelete="CASCADE"), index=True),
    Column("redelegation_count", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "trust"},
)

trust_roles = Table(
    "identity_trust_roles",
    metadata,
    Column("trust_id", Id, ForeignKey("identity_trusts.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", Id, ForeignKey("identity_roles.id", ondelete="CASCADE"), primary_key=True, index=True),
    info={"kind": "trust_role"},
)

_ROLES = select(trust_roles.c.role_id).where(trust_roles.c.trust_id == bindparam("id"))


def role_ids_of(tx: Tx, trust_id: str) -> list[str]:
    """The roles a trust hands on."""
    return [row["role_id"] for row in tx.all(_ROLES, id=trust_id)]


def speaker_of(trust: Row) -> str:
    """The user that a token made with a trust speaks for."""
    return str(trust["trustor_user_id"] if trust["impersonation"] else trust["trustee_user_id"])


def has_ended(trust: Row, now: datetime) -> bool:
    """Whether a trust's time is over."""
    return trust["expires_at"] is not None and trust["expires_at"] <= now


def is_counted(tx: Tx, trust_id: str) -> bool:
    """Whether there is a trust of that id that has only so many uses."""
    trust = tx.find(trusts, trust_id)
    return trust is not None and trust["remaining_uses"] is not None


def use_trust(tx: Tx, trust_id: str) -> None:
    """Count one use of a trust that has only so many; raises Unauthorized where none is left."""
    trust = tx.find(trusts, trust_id)
    if trust is None or not trust["remaining_uses"]:
        raise Unauthorized("The request you have made requires authentication.", f"trust {trust_id} is used up")
    tx.change(trusts, trust, remaining_uses=trust["remaining_uses"] - 1)
