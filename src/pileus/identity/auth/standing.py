"""What a token stands on: its user, where it leads, which roles are had there; all by one statement, of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, FromClause, Table, bindparam, func, select, true

from pileus.identity.assignments.table import ROLES_HAD
from pileus.identity.auth.tokens import Token
from pileus.identity.federation.memberships import FIRST_END
from pileus.identity.projects.table import projects
from pileus.identity.revision import revisions
from pileus.identity.users.table import users
from pileus.kernel.store import Id, Moment, Row, Tx, metadata

revocations = Table(
    "identity_revocations",
    metadata,
    Column("audit_id", Id, primary_key=True),
    Column("until", Moment, nullable=False, index=True),
    info={"kind": "revocation", "history": False},
)
"""Tokens ended before their time, until they would have ended anyway."""


@dataclass(frozen=True)
class Standing:
    """Rows hold only what is asked of them below."""

    revision: int
    user: Row
    """With its domain's name, and whether that is enabled."""
    place: Row | None
    """The project or domain."""
    domain: Row | None
    """The project's domain."""
    roles: list[Row]
    is_revoked: bool
    lent_until: datetime | None
    """When the first of the user's memberships ends that are lent."""


USER = ("id", "name", "domain_id", "enabled", "generation", "password_expires_at")
PLACE = ("id", "name", "domain_id", "enabled", "is_domain")
DOMAIN = ("id", "name", "enabled")
ROLE = ("id", "name")

_home = projects.alias("home")
_place = projects.alias("place")
_domain = projects.alias("place_domain")
_role = ROLES_HAD.subquery("role")


def _labelled(prefix: str, table: FromClause, names: tuple[str, ...]) -> list[Any]:
    return [table.c[name].label(f"{prefix}_{name}") for name in names]


_STANDING = (
    select(
        func.coalesce(select(revisions.c.number).scalar_subquery(), 0).label("revision"),
        revocations.c.audit_id.label("revoked"),
        FIRST_END.label("lent_until"),
        _home.c.name.label("user_domain_name"),
        _home.c.enabled.label("user_domain_enabled"),
        *_labelled("user", users, USER),
        *_labelled("place", _place, PLACE),
        *_labelled("domain", _domain, DOMAIN),
        *_labelled("role", _role, ROLE),
    )
    .select_from(users)
    .join(_home, _home.c.id == users.c.domain_id)
    .outerjoin(revocations, revocations.c.audit_id == bindparam("audit_id"))
    .outerjoin(_place, _place.c.id == bindparam("scope_id"))
    .outerjoin(_domain, _domain.c.id == _place.c.domain_id)
    .outerjoin(_role, true())
    .where(users.c.id == bindparam("user_id"))
)


def standing(tx: Tx, token: Token) -> Standing | None:
    """What a token stands on; None where its user is gone."""
    is_placed = token.scope in ("project", "domain")
    rows = tx.all(
        _STANDING,
        user_id=token.user_id,
        scope=token.scope,
        scope_id=token.scope_id if is_placed else None,
        audit_id=token.audit_ids[0],
        now=tx.now,
    )
    if not rows:
        return None
    first = rows[0]
    return Standing(
        revision=first["revision"],
        user=_cut(first, "user", (*USER, "domain_name", "domain_enabled")) or {},
        place=_cut(first, "place", PLACE),
        domain=_cut(first, "domain", DOMAIN),
        roles=[row for one in rows if (row := _cut(one, "role", ROLE)) is not None],
        is_revoked=first["revoked"] is not None,
        lent_until=first["lent_until"],
    )


def _cut(row: Row, prefix: str, names: tuple[str, ...]) -> Row | None:
    """The part of a row that came from one table; None where that had nothing to give."""
    found = {name: row[f"{prefix}_{name}"] for name in names}
    return None if found["id"] is None else found
