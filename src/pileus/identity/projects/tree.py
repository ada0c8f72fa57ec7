"""One project, and if so wished what is over and under it in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from pileus.identity.api import identity
from pileus.identity.assignments.reach import below, is_reached
from pileus.identity.projects.rules import one_project, shown_project
from pileus.identity.projects.shape import Project
from pileus.identity.projects.table import CHILDREN, above, projects
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Row, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_SOME = select(projects).where(projects.c.id.in_(bindparam("ids", expanding=True))).order_by(projects.c.id)


def _is_on(text: Any) -> bool:
    return text is not UNSET and text != "0"


def _ids_above(tx: Tx, project: Row) -> dict[str, Any] | None:
    """The line of parents as nested ids, the nearest outermost; None where there is none."""
    found: dict[str, Any] | None = None
    for row in reversed(above(tx, project)):
        found = {row["id"]: found}
    return found


def _ids_below(tx: Tx, project_id: str) -> dict[str, Any] | None:
    """The tree under a project as nested ids; None where there is none."""
    children = tx.all(CHILDREN, id=project_id)
    return {child["id"]: _ids_below(tx, child["id"]) for child in children} or None


def _known(tx: Tx, who: Caller, ids: list[str]) -> list[dict[str, Any]]:
    """Those of the projects in which the caller has a role."""
    rows = tx.all(_SOME.where(is_reached(tx, who.user_id)), ids=ids) if ids else []
    return [{"project": _plain(tx, row)} for row in rows]


def _plain(tx: Tx, row: Row) -> dict[str, Any]:
    """A project inside another."""
    shown = shown_project(tx, row)
    hidden = {"extras", "created_at"}
    return {**row["extras"], **{name: value for name, value in shown.items() if name not in hidden}}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /projects/{project_id}", Project, "show", rule="identity:get_project", of=one_project)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Row:
    """One project; parents and subtree as ids, or whole as far as the caller has roles in them."""
    project = target["project"]
    for name in ("parents", "subtree"):
        if _is_on(getattr(asked, f"{name}_as_list")) and _is_on(getattr(asked, f"{name}_as_ids")):
            raise Invalid(f"Cannot use {name}_as_list and {name}_as_ids query params at the same time.")
    found = shown_project(tx, project)
    if _is_on(asked.parents_as_ids):
        found["parents"] = _ids_above(tx, project)
    if _is_on(asked.parents_as_list):
        found["parents"] = _known(tx, who, [row["id"] for row in above(tx, project)])
    if _is_on(asked.subtree_as_ids):
        found["subtree"] = _ids_below(tx, project["id"])
    if _is_on(asked.subtree_as_list):
        found["subtree"] = _known(tx, who, below(tx, [project["id"]]))
    return found
