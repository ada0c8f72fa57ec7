"""The list of all role assignments: as they were made, or what they come to.

The reference knows no pages here; where one asks for them, they are in order of the rows' keys, and an assignment that
comes to much may begin on one page and end on another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import select

from pileus.identity.api import about, identity
from pileus.identity.assignments.effective import Effect, direct, effects
from pileus.identity.assignments.names import Names
from pileus.identity.assignments.reach import below
from pileus.identity.assignments.rows import conditions, in_order
from pileus.identity.assignments.shape import RoleAssignment, is_on
from pileus.identity.projects.table import domain_of_id, projects
from pileus.identity.roles.implied import implications
from pileus.identity.roles.roles import roles
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Page, Row, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _listed(tx: Tx, who: Caller, path: Mapping[str, str], asked: RoleAssignment) -> Mapping[str, Any]:
    """The domain a list is about: that of a caller with a domain's scope, or that of the tree asked for."""
    project = tx.find(projects, asked.project_id) if asked.project_id and is_on(asked.include_subtree) else None
    return about(domain_id=who.domain_id if project is None else project["domain_id"])


def _check(asked: RoleAssignment) -> None:
    """Refuse filters that contradict each other; raises Invalid."""
    scopes = [one for one in (asked.project_id, asked.domain_id) if one] + [1] * (asked.system is not UNSET)
    if len(scopes) > 1:
        raise Invalid("Specify a domain, a project or the system, not more than one of them.")
    if asked.user_id and asked.group_id:
        raise Invalid("Specify a user or group, not both.")
    if is_on(asked.effective) and asked.group_id:
        raise Invalid("Specify a group or effective, not both: groups are resolved into their users.")
    if is_on(asked.effective) and asked.inherited_to is not UNSET and asked.domain_id:
        raise Invalid("A domain has no effective inherited assignments: they are those of its projects.")
    if is_on(asked.include_subtree) and not asked.project_id:
        raise Invalid("scope.project.id must be specified if include_subtree is also specified.")


def _effects(tx: Tx, asked: RoleAssignment, rows: Iterable[Row], wanted: frozenset[str]) -> Iterator[Effect]:
    """The effects of these rows that the filters want; roles of one domain stay out."""
    hidden = {row["id"] for row in tx.all(_OF_DOMAINS)}
    for one in effects(tx, rows, implications(tx), user_id=asked.user_id, projects_only=wanted):
        fits = (not wanted or one.scope_id in wanted) and asked.role_id in (None, one.role_id)
        if fits and one.role_id not in hidden:
            yield one


_OF_DOMAINS = select(roles.c.id).where(roles.c.domain_id.is_not(None))


def _place(marker: str) -> tuple[str, ...]:
    """The place a marker names; raises Invalid."""
    place = tuple(marker.rsplit(" ", 3))
    if len(place) < 4:
        raise Invalid(f"marker [{marker}] not found")
    return place


def _page(found: Iterator[Effect], limit: int | None, names: Names) -> Page:
    """As many as are wanted, each with the marker of what follows it."""
    ahead = list(islice(found, None if limit is None else limit + 1))
    shown = [{**names.shown(one), "marker": " ".join(one.place)} for one in ahead[:limit]]
    return Page(shown, len(shown) < len(ahead), "marker")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /role_assignments", RoleAssignment, "list", rule="identity:list_role_assignments", of=_listed)
def list_assignments(tx: Tx, who: Caller, target: Mapping[str, Any], asked: RoleAssignment) -> Page:
    """Assignments, or with `effective` what users have by them."""
    _check(asked)
    if is_on(asked.include_subtree) and not who.may("identity:list_role_assignments_for_tree", target):
        raise Forbidden("You are not authorized to perform the requested action: list assignments of a tree.")
    if asked.domain_id:
        domain_of_id(tx, asked.domain_id)
    subtree = below(tx, [asked.project_id]) if asked.project_id and is_on(asked.include_subtree) else []
    wanted = frozenset([asked.project_id, *subtree]) if asked.project_id else frozenset()
    after = None if asked.marker is None else _place(asked.marker)
    bounds = conditions(tx, who, asked, wanted, implications(tx))
    rows = in_order(tx, bounds, after[0] if after else None, asked.limit)
    found = _effects(tx, asked, rows, wanted) if is_on(asked.effective) else map(direct, rows)
    later = (one for one in found if after is None or one.row["key"] != after[0] or one.place > after)
    return _page(later, asked.limit, Names(tx, told=is_on(asked.include_names)))
