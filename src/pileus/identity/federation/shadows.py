"""Shadows: the users that stand here for people of other identity providers, found again by what those call them."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table, bindparam, select

from pileus.identity.users.table import claim_name, make_user, user_of_id, users
from pileus.kernel.store import Id, Name, Row, Tx, metadata

shadows = Table(
    "identity_shadows",
    metadata,
    Column("provider_id", Id, ForeignKey("identity_providers.id", ondelete="CASCADE"), primary_key=True),
    Column("protocol_id", Id, primary_key=True),
    Column("unique_id", Name, primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Index(None, "user_id"),
    info={"kind": "shadow"},
)

_OF_USERS = (
    select(shadows)
    .where(shadows.c.user_id.in_(bindparam("ids", expanding=True)))
    .order_by(shadows.c.user_id, shadows.c.provider_id, shadows.c.protocol_id)
)
_ELSEWHERE = shadows.alias("elsewhere")
_BY_OTHERS = select(_ELSEWHERE.c.user_id).where(_ELSEWHERE.c.provider_id != bindparam("provider_id"))
_BY_THIS = select(shadows.c.user_id).where(shadows.c.provider_id == bindparam("provider_id"))
_ONLY_BY = select(users).where(users.c.id.in_(_BY_THIS), users.c.id.not_in(_BY_OTHERS), users.c.password_hash.is_(None))


def shadow_id(provider_id: str, unique_id: str) -> str:
    """The id of the user who stands for somebody: the same at every arrival, even after the user was removed."""
    return hashlib.sha256(f"{provider_id}\0{unique_id}".encode()).hexdigest()


def shadow_of(tx: Tx, provider_id: str, protocol_id: str, unique_id: str) -> Row | None:
    """The user who stands for somebody."""
    row = tx.find(shadows, {"provider_id": provider_id, "protocol_id": protocol_id, "unique_id": unique_id})
    return tx.find(users, row["user_id"] if row else shadow_id(provider_id, unique_id))


def cast_shadow(tx: Tx, provider_id: str, protocol_id: str, unique_id: str, **told: Any) -> Row:
    """The user who stands for somebody, made or changed to what is told now (name, extras, domain_id).

    Raises Conflict where another user of the domain has that name.
    """
    user = shadow_of(tx, provider_id, protocol_id, unique_id)
    if user is None:
        user = make_user(tx, id=shadow_id(provider_id, unique_id), enabled=True, **told)
    else:
        new = {"name": told["name"], "extras": {**user["extras"], **told["extras"]}}
        claim_name(tx, {**user, **new})
        tx.change(users, user, **new)
    link(tx, provider_id, protocol_id, unique_id, user["id"])
    return user_of_id(tx, user["id"]) or user


def link(tx: Tx, provider_id: str, protocol_id: str, unique_id: str, user_id: str) -> None:
    """Remember that somebody is that user; again is no mistake."""
    key = {"provider_id": provider_id, "protocol_id": protocol_id, "unique_id": unique_id}
    if tx.find(shadows, key) is None:
        tx.insert(shadows, **key, user_id=user_id)


def shadows_of(tx: Tx, user_ids: list[str]) -> list[Row]:
    """Whom some users stand for."""
    return tx.all(_OF_USERS, ids=user_ids) if user_ids else []


def remove_shadows(tx: Tx, provider_id: str) -> None:
    """Remove the users that are known by one provider only, and cannot log in otherwise."""
    for user in tx.all(_ONLY_BY, provider_id=provider_id):
        tx.remove(users, user)
