"""Assignments as rows, and what they add up to for one user in one scope."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, and_, bindparam, or_, select

from pileus.identity.groups import members
from pileus.identity.projects.table import above
from pileus.identity.revision import changed
from pileus.identity.roles.implied import implications, implied_by
from pileus.identity.roles.roles import roles
from pileus.kernel.store import Id, Name, Row, Tx, metadata

assignments = Table(
    "identity_assignments",
    metadata,
    Column("key", Name, primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), index=True),
    Column("group_id", Id, ForeignKey("identity_groups.id", ondelete="CASCADE"), index=True),
    Column("scope", String(8), nullable=False),
    Column("scope_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), index=True),
    Column("role_id", Id, ForeignKey("identity_roles.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("inherited", Boolean, nullable=False),
    info={"kind": "assignment"},
)
"""`scope` is project, domain or system; a role inherited is had in all projects below, not in the scope itself."""


class Grant(NamedTuple):
    """One assignment."""

    actor: str
    """`user` or `group`."""
    actor_id: str
    scope: str
    scope_id: str | None
    role_id: str
    inherited: bool = False

    @property
    def key(self) -> str:
        """What names its row."""
        where = f"{self.scope}:{self.scope_id or 'all'}"
        return f"{self.actor}:{self.actor_id} {where} {self.role_id}{' inherited' if self.inherited else ''}"

    @property
    def row(self) -> dict[str, Any]:
        """Its row."""
        actor = {f"{self.actor}_id": self.actor_id}
        return {"key": self.key, "user_id": None, "group_id": None, **actor, **self._where}

    @property
    def _where(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "scope_id": self.scope_id,
            "role_id": self.role_id,
            "inherited": self.inherited,
        }


def grant(tx: Tx, wanted: Grant) -> None:
    """Assign a role; again is no mistake."""
    if tx.find(assignments, wanted.key) is None:
        tx.insert(assignments, **wanted.row)
        changed(tx)


_MY_GROUPS = select(members.c.group_id).where(members.c.user_id == bindparam("user_id"))
_MINE = or_(assignments.c.user_id == bindparam("user_id"), assignments.c.group_id.in_(_MY_GROUPS))
_HERE = and_(
    assignments.c.scope == bindparam("scope"),
    assignments.c.scope_id.is_not_distinct_from(bindparam("scope_id")),
    assignments.c.inherited.is_(False),
)
_FROM_ABOVE = and_(
    assignments.c.inherited.is_(True),
    or_(
        and_(assignments.c.scope == "project", assignments.c.scope_id.in_(bindparam("above", expanding=True))),
        and_(assignments.c.scope == "domain", assignments.c.scope_id == bindparam("domain_id")),
    ),
)
_ROLES_HERE = select(assignments.c.role_id).where(_MINE, or_(_HERE, _FROM_ABOVE)).distinct()
_NAMED = select(roles).where(roles.c.id.in_(bindparam("ids", expanding=True)), roles.c.domain_id.is_(None))
_SCOPES = select(assignments.c.scope, assignments.c.scope_id, assignments.c.inherited).where(_MINE).distinct()


def roles_of(tx: Tx, user_id: str, scope: str, place: Row | None) -> list[Row]:
    """The roles a user has in a scope, with all that is inherited and implied; roles of one domain are left out.

    `place` is the project's or domain's row.
    """
    line = above(tx, place) if scope == "project" and place is not None else []
    found = tx.all(
        _ROLES_HERE,
        user_id=user_id,
        scope=scope,
        scope_id=None if place is None else place["id"],
        above=[row["id"] for row in line],
        domain_id=place["domain_id"] if scope == "project" and place is not None else None,
    )
    return named_roles(tx, [row["role_id"] for row in found])


def named_roles(tx: Tx, role_ids: list[str]) -> list[Row]:
    """Roles with all that they imply; roles of one domain are left out."""
    if not role_ids:
        return []
    return tx.all(_NAMED, ids=list(implied_by(role_ids, implications(tx))))


def scopes_of(tx: Tx, user_id: str) -> list[Row]:
    """Where a user has any role: rows of scope, scope_id, inherited."""
    return tx.all(_SCOPES, user_id=user_id)
