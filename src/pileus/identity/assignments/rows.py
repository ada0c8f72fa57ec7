"""The assignments behind an answer: which they are, and how they are read bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, or_, select, true

from pileus.identity.assignments.shape import RoleAssignment, is_on
from pileus.identity.assignments.table import assignments
from pileus.identity.groups import groups_of
from pileus.identity.projects.table import above, projects
from pileus.identity.roles.implied import implied_by
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Row, Tx

Conditions = list[ColumnElement[bool]]

AT_LEAST = 100
"""Rows read at once where a page is wanted: some may come to nothing."""


def in_order(tx: Tx, conditions: Conditions, first: str | None, page: int | None) -> Iterator[Row]:
    """Rows in order of their keys, from the first key on; about a page of them at a time."""
    found = select(assignments).where(*conditions).order_by(assignments.c.key)
    size = None if page is None else max(page + 1, AT_LEAST)
    begin = [] if first is None else [assignments.c.key >= first]
    while True:
        rows = tx.all(found.where(*begin).limit(size))
        yield from rows
        if size is None or len(rows) < size:
            return
        begin = [assignments.c.key > rows[-1]["key"]]


def conditions(
    tx: Tx, who: Caller, asked: RoleAssignment, wanted: frozenset[str], implies: Mapping[str, list[str]]
) -> Conditions:
    """What the rows have in common; `wanted` are the projects asked for, none is all.

    Somebody's are few: where those are asked for, the rest is said so that no index serves it, and they are found by
    whose they are.
    """
    rest = [*_seen_by(who), *_roles(asked, implies), *_places(asked), *_projects(tx, asked, wanted)]
    actors = _actors(tx, asked)
    return [or_(*actors), and_(true(), *rest).is_(true())] if actors else rest


def _seen_by(who: Caller) -> Conditions:
    """A domain's caller sees the assignments in its domain and the projects of that only."""
    if who.domain_id is None:
        return []
    of_domain = select(projects.c.id).where(projects.c.domain_id == who.domain_id)
    return [or_(assignments.c.scope_id == who.domain_id, assignments.c.scope_id.in_(of_domain))]


def _actors(tx: Tx, asked: RoleAssignment) -> Conditions:
    """Whose; each alone will do."""
    found: Conditions = []
    if asked.user_id:
        found.append(assignments.c.user_id == asked.user_id)
    groups = groups_of(tx, asked.user_id) if asked.user_id and is_on(asked.effective) else []
    if asked.group_id:
        groups = [asked.group_id]
    return [*found, assignments.c.group_id.in_(groups)] if groups else found


def _roles(asked: RoleAssignment, implies: Mapping[str, list[str]]) -> Conditions:
    """The role, or where effects are wanted every role that comes to it."""
    if not asked.role_id:
        return []
    if not is_on(asked.effective):
        return [assignments.c.role_id == asked.role_id]
    priors = [prior for prior in implies if asked.role_id in implied_by([prior], implies)]
    return [assignments.c.role_id.in_([asked.role_id, *priors])]


def _places(asked: RoleAssignment) -> Conditions:
    found: Conditions = []
    if asked.domain_id:
        found += [assignments.c.scope == "domain", assignments.c.scope_id == asked.domain_id]
    if asked.system is not UNSET:
        found.append(assignments.c.scope == "system")
    if asked.inherited_to is not UNSET or (is_on(asked.effective) and asked.domain_id):
        found.append(assignments.c.inherited.is_(asked.inherited_to is not UNSET))
    return found


def _projects(tx: Tx, asked: RoleAssignment, wanted: frozenset[str]) -> Conditions:
    """Assignments in these projects, and where effects are wanted those they inherit."""
    if not wanted:
        return []
    if not is_on(asked.effective):
        return [assignments.c.scope == "project", assignments.c.scope_id.in_(wanted)]
    over = _over(tx, [row for row in (tx.find(projects, one) for one in wanted) if row is not None])
    here = and_(assignments.c.inherited.is_(False), assignments.c.scope_id.in_(wanted))
    return [
        assignments.c.scope_id.in_(wanted | over),
        or_(here, and_(assignments.c.inherited.is_(True), assignments.c.scope_id.in_(over))),
    ]


def _over(tx: Tx, rows: Sequence[Row]) -> frozenset[str]:
    """The projects above these and their domains."""
    line = {row["id"] for project in rows for row in above(tx, project)}
    return frozenset(line | {row["domain_id"] for row in rows})
