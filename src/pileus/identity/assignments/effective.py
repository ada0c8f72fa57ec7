"""What assignments come to: by membership, from above, by implication; each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select, union

from pileus.identity.assignments.reach import below
from pileus.identity.federation.memberships import LENT_USERS
from pileus.identity.groups import members
from pileus.identity.projects.table import projects
from pileus.identity.roles.implied import implied_by
from pileus.kernel.store import Row, Tx

_MEMBERS = union(select(members.c.user_id).where(members.c.group_id == bindparam("group_id")), LENT_USERS)
_OF_DOMAIN = select(projects.c.id).where(projects.c.domain_id == bindparam("domain_id")).order_by(projects.c.id)


@dataclass(frozen=True)
class Effect:
    """One user or group has one role in one scope, and why."""

    row: Row
    """The assignment behind it."""
    user_id: str | None
    group_id: str | None
    scope: str
    scope_id: str | None
    role_id: str
    prior_id: str | None = None
    """The role that implies it."""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where it stands among all effects, whose rows come in order of their keys."""
        return self.row["key"], self.scope_id or "", self.user_id or "", self.role_id


def direct(row: Row) -> Effect:
    """An assignment as it was made."""
    return Effect(row, row["user_id"], row["group_id"], row["scope"], row["scope_id"], row["role_id"])


def effects(
    tx: Tx, rows: Iterable[Row], implies: Mapping[str, list[str]], *, user_id: str | None, projects_only: frozenset[str]
) -> Iterator[Effect]:
    """Assignments with groups, inheritance and implication resolved, each row's in order of their places.

    `user_id` is whose are wanted, where the rows are that user's and its groups' only; `projects_only`, where
    there are any, are the projects that inherited ones are wanted for.
    """
    placed = (one for row in rows for one in _placed(tx, row, projects_only))
    owned = (one for at in placed for one in _owned(tx, at, user_id))
    for one in owned:
        for role_id, prior_id in sorted(implied_by([one.role_id], implies).items()):
            yield replace(one, role_id=role_id, prior_id=prior_id)


def _placed(tx: Tx, row: Row, only: frozenset[str]) -> Iterator[Effect]:
    """The projects a role is inherited by; one that is not inherited stays where it is."""
    found = direct(row)
    if not row["inherited"]:
        yield found
        return
    under = below(tx, [row["scope_id"]]) if row["scope"] == "project" else _in_domain(tx, row["scope_id"])
    for project_id in sorted(under):
        if not only or project_id in only:
            yield replace(found, scope="project", scope_id=project_id)


def _in_domain(tx: Tx, domain_id: str) -> list[str]:
    return [row["id"] for row in tx.all(_OF_DOMAIN, domain_id=domain_id)]


def _members(tx: Tx, group_id: str) -> list[str]:
    return sorted(row["user_id"] for row in tx.all(_MEMBERS, group_id=group_id, now=tx.now))


def _owned(tx: Tx, found: Effect, user_id: str | None) -> Iterator[Effect]:
    """The users who have it by their group."""
    if found.group_id is None:
        yield found
        return
    owners = [user_id] if user_id else _members(tx, found.group_id)
    for owner in owners:
        yield replace(found, user_id=owner)
