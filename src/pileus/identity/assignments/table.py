"""Assignments as rows, and what they add up to for one user in one scope."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, and_, bindparam, literal_column, or_, select

from pileus.identity.groups import MY_GROUPS
from pileus.identity.projects.table import projects
from pileus.identity.revision import changed
from pileus.identity.roles.implied import implications, implied_by, implied_roles
from pileus.identity.roles.roles import roles
from pileus.kernel.store import Id, Name, Row, Tx, metadata

assignments = Table(
    "identity_assignments",
    metadata,
    Column("key", Name, primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE")),
    Column("group_id", Id, ForeignKey("identity_groups.id", ondelete="CASCADE")),
    Column("scope", String(8), nullable=False),
    Column("scope_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE")),
    Column("role_id", Id, ForeignKey("identity_roles.id", ondelete="CASCADE"), nullable=False),
    Column("inherited", Boolean, nullable=False),
    *(Index(None, name, "key") for name in ("user_id", "group_id", "scope", "scope_id", "role_id")),
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


_MINE = or_(assignments.c.user_id == bindparam("user_id"), assignments.c.group_id.in_(MY_GROUPS))
_HERE = and_(
    assignments.c.scope == bindparam("scope"),
    assignments.c.scope_id.is_not_distinct_from(bindparam("scope_id")),
    assignments.c.inherited.is_(False),
)
_LINE = select(projects.c.id, projects.c.parent_id, projects.c.domain_id).where(projects.c.id == bindparam("scope_id"))
_line = _LINE.cte("line", recursive=True)
_OVER = select(projects.c.id, projects.c.parent_id, projects.c.domain_id).where(projects.c.is_domain.is_(False))
_line = _line.union(_OVER.join(_line, _line.c.parent_id == projects.c.id))
_FROM_ABOVE = and_(
    assignments.c.inherited.is_(True),
    bindparam("scope") == literal_column("'project'"),
    or_(
        and_(
            assignments.c.scope == literal_column("'project'"),
            assignments.c.scope_id.in_(select(_line.c.id).where(_line.c.id != bindparam("scope_id"))),
        ),
        and_(
            assignments.c.scope == literal_column("'domain'"),
            assignments.c.scope_id.in_(select(_line.c.domain_id)),
        ),
    ),
)
_had = select(assignments.c.role_id).where(_MINE, or_(_HERE, _FROM_ABOVE)).cte("had", recursive=True)
_had = _had.union(select(implied_roles.c.implied_id).join(_had, _had.c.role_id == implied_roles.c.prior_id))
ROLES_HAD = select(roles).where(roles.c.id.in_(select(_had.c.role_id)), roles.c.domain_id.is_(None))
"""The roles that `user_id` has `now` in the scope `scope`, `scope_id`, with all that is inherited and implied.

Up the line of projects to their domain, then down through what each role implies; roles of one domain are left out.
"""

_NAMED = select(roles).where(roles.c.id.in_(bindparam("ids", expanding=True)), roles.c.domain_id.is_(None))
_SCOPES = select(assignments.c.scope, assignments.c.scope_id, assignments.c.inherited).where(_MINE).distinct()


def roles_of(tx: Tx, user_id: str, scope: str, place: Row | None) -> list[Row]:
    """The roles a user has in a scope, whose row is `place`, with all that is inherited and implied."""
    scope_id = None if place is None else place["id"]
    return tx.all(ROLES_HAD, user_id=user_id, scope=scope, scope_id=scope_id, now=tx.now)


def named_roles(tx: Tx, role_ids: list[str]) -> list[Row]:
    """Roles with all that they imply; roles of one domain are left out."""
    if not role_ids:
        return []
    return tx.all(_NAMED, ids=list(implied_by(role_ids, implications(tx))))


def scopes_of(tx: Tx, user_id: str) -> list[Row]:
    """Where a user has any role: rows of scope, scope_id, inherited."""
    return tx.all(_SCOPES, user_id=user_id, now=tx.now)
