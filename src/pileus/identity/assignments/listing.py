"""The list of all role assignments: as they were made, or what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from pileus.identity.api import IdText, about, identity
from pileus.identity.assignments.effective import Effect, direct, effects
from pileus.identity.assignments.names import Names
from pileus.identity.assignments.reach import below
from pileus.identity.assignments.table import assignments
from pileus.identity.groups import groups_of
from pileus.identity.projects.table import above, domain_of_id, projects
from pileus.identity.roles.implied import implications
from pileus.identity.roles.roles import roles
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.store import Page, Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class RoleAssignment(Resource, one="role_assignment", many="role_assignments"):
    """Who has which role where."""

    role: dict[str, Any] = shown()
    user: dict[str, Any] = shown(maybe=True)
    group: dict[str, Any] = shown(maybe=True)
    scope: dict[str, Any] = shown()
    links: dict[str, str] = shown()
    user_id: IdText | None = given("list", default=None, wire="user.id")
    group_id: IdText | None = given("list", default=None, wire="group.id")
    role_id: IdText | None = given("list", default=None, wire="role.id")
    project_id: IdText | None = given("list", default=None, wire="scope.project.id")
    domain_id: IdText | None = given("list", default=None, wire="scope.domain.id")
    system: str = given("list", default=UNSET, wire="scope.system")
    inherited_to: str = given("list", default=UNSET, wire="scope.OS-INHERIT:inherited_to")
    effective: str = given("list", default=UNSET)
    include_names: str = given("list", default=UNSET)
    include_subtree: str = given("list", default=UNSET)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _is_on(text: Any) -> bool:
    """A flag is on when it is there, unless its value says otherwise."""
    return text is not UNSET and text.lower() not in ("0", "false")


def _listed(tx: Tx, who: Caller, path: Mapping[str, str], asked: RoleAssignment) -> Mapping[str, Any]:
    """The domain a list is about: that of a caller with a domain's scope, or that of the tree asked for."""
    project = tx.find(projects, asked.project_id) if asked.project_id and _is_on(asked.include_subtree) else None
    return about(domain_id=who.domain_id if project is None else project["domain_id"])


def _check(asked: RoleAssignment) -> None:
    """Refuse filters that contradict each other; raises Invalid."""
    scopes = [one for one in (asked.project_id, asked.domain_id) if one] + [1] * (asked.system is not UNSET)
    if len(scopes) > 1:
        raise Invalid("Specify a domain, a project or the system, not more than one of them.")
    if asked.user_id and asked.group_id:
        raise Invalid("Specify a user or group, not both.")
    if _is_on(asked.effective) and asked.group_id:
        raise Invalid("Specify a group or effective, not both: groups are resolved into their users.")
    if _is_on(asked.effective) and asked.inherited_to is not UNSET and asked.domain_id:
        raise Invalid("A domain has no effective inherited assignments: they are those of its projects.")
    if _is_on(asked.include_subtree) and not asked.project_id:
        raise Invalid("scope.project.id must be specified if include_subtree is also specified.")


def _conditions(tx: Tx, asked: RoleAssignment, wanted: frozenset[str], *, effective: bool) -> list[Any]:
    """What the rows behind the answer have in common."""
    found: list[ColumnElement[bool]] = []
    if asked.user_id and effective:
        mine = assignments.c.group_id.in_(groups_of(tx, asked.user_id))
        found.append(or_(assignments.c.user_id == asked.user_id, mine))
    elif asked.user_id:
        found.append(assignments.c.user_id == asked.user_id)
    if asked.group_id:
        found.append(assignments.c.group_id == asked.group_id)
    if asked.role_id and not effective:
        found.append(assignments.c.role_id == asked.role_id)
    if asked.domain_id:
        found += [assignments.c.scope == "domain", assignments.c.scope_id == asked.domain_id]
    if asked.system is not UNSET:
        found.append(assignments.c.scope == "system")
    if asked.inherited_to is not UNSET or (effective and asked.domain_id):
        found.append(assignments.c.inherited.is_(asked.inherited_to is not UNSET))
    if wanted:
        found.append(_of_projects(tx, wanted, effective=effective))
    return found


def _seen_by(who: Caller) -> list[ColumnElement[bool]]:
    """A domain's caller sees the assignments in its domain and the projects of that only."""
    if who.domain_id is None:
        return []
    of_domain = select(projects.c.id).where(projects.c.domain_id == who.domain_id)
    return [or_(assignments.c.scope_id == who.domain_id, assignments.c.scope_id.in_(of_domain))]


def _of_projects(tx: Tx, wanted: frozenset[str], *, effective: bool) -> ColumnElement[bool]:
    """Assignments in these projects, and where effects are wanted those they inherit."""
    here = and_(assignments.c.scope == "project", assignments.c.scope_id.in_(wanted))
    if not effective:
        return here
    rows = [row for row in (tx.find(projects, one) for one in wanted) if row is not None]
    line = {row["id"] for project in rows for row in above(tx, project)}
    domains = {row["domain_id"] for row in rows}
    return or_(
        and_(here, assignments.c.inherited.is_(False)),
        and_(assignments.c.inherited.is_(True), assignments.c.scope_id.in_(line | domains)),
    )


def _effects(tx: Tx, asked: RoleAssignment, rows: list[Row], wanted: frozenset[str]) -> Iterable[Effect]:
    """The effects of these rows that the filters want, each once; roles of one domain stay out."""
    hidden = {row["id"] for row in tx.all(_OF_DOMAINS)}
    seen = set()
    for one in effects(tx, rows, implications(tx), user_id=asked.user_id, projects_only=wanted):
        key = (one.user_id, one.scope, one.scope_id, one.role_id, one.row["key"])
        fits = (not wanted or one.scope_id in wanted) and asked.role_id in (None, one.role_id)
        if fits and one.role_id not in hidden and key not in seen:
            seen.add(key)
            yield one


_ROWS = select(assignments).order_by(assignments.c.key)
_OF_DOMAINS = select(roles.c.id).where(roles.c.domain_id.is_not(None))

# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /role_assignments", RoleAssignment, "list", rule="identity:list_role_assignments", of=_listed)
def list_assignments(tx: Tx, who: Caller, target: Mapping[str, Any], asked: RoleAssignment) -> Page:
    """Assignments, or with `effective` what users have by them."""
    _check(asked)
    if _is_on(asked.include_subtree) and not who.may("identity:list_role_assignments_for_tree", target):
        raise Forbidden("You are not authorized to perform the requested action: list assignments of a tree.")
    if asked.domain_id:
        domain_of_id(tx, asked.domain_id)
    subtree = below(tx, [asked.project_id]) if asked.project_id and _is_on(asked.include_subtree) else []
    wanted = frozenset([asked.project_id, *subtree]) if asked.project_id else frozenset()
    effective = _is_on(asked.effective)
    rows = tx.all(_ROWS.where(*_seen_by(who), *_conditions(tx, asked, wanted, effective=effective)))
    found = _effects(tx, asked, rows, wanted) if effective else map(direct, rows)
    names = Names(tx, told=_is_on(asked.include_names))
    return Page([names.shown(one) for one in found], False)
