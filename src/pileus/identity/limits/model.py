"""How limits of a tree go together: not at all (flat), or none above that of the domain (strict two-level)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from pileus.identity.api import identity
from pileus.identity.catalog.services import services
from pileus.identity.limits.registered import registered_limits
from pileus.identity.limits.table import limits
from pileus.identity.projects.table import CHILDREN, above, projects
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

DESCRIPTIONS = {
    "flat": "Every project has its own limits; those of its domain or of other projects do not count.",
    "strict_two_level": "Projects stand directly under their domain, which has a limit for all of them together.",
}
UNLIMITED = -1


class Tree(NamedTuple):
    """A domain and its projects, and how much of each resource they may have together; -1 is any amount."""

    limits: dict[str, int]
    projects: list[str]


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

_REGISTERED = (
    select(registered_limits)
    .join(services, services.c.id == registered_limits.c.service_id)
    .where(services.c.type == bindparam("type"))
    .order_by(registered_limits.c.region_id.desc())
)
_OF_PROJECTS = select(limits.c.registered_id, limits.c.project_id, limits.c.resource_limit).where(
    limits.c.registered_id.in_(bindparam("registered_ids", expanding=True)),
    limits.c.project_id.in_(bindparam("ids", expanding=True)),
)
_IN_DOMAIN = select(projects.c.id).where(projects.c.domain_id == bindparam("id"))


def _overrides(tx: Tx, registered_id: str, ids: list[str]) -> dict[str, int]:
    rows = tx.all(_OF_PROJECTS, registered_ids=[registered_id], ids=ids)
    return {row["project_id"]: row["resource_limit"] for row in rows}


def _default(tx: Tx, registered_id: str) -> int:
    row = tx.find(registered_limits, registered_id)
    return UNLIMITED if row is None else int(row["default_limit"])


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _is_strict(tx: Tx) -> bool:
    return tx.part(IdentitySettings).limit_model == "strict_two_level"


def _exceeds(amount: int, bound: int) -> bool:
    return bound != UNLIMITED and (amount == UNLIMITED or amount > bound)


def check_tree(tx: Tx, limit: Row) -> None:
    """Refuse a limit above that of the domain, or under that of one of its projects; raises Forbidden."""
    if not _is_strict(tx):
        return
    place = tx.find(projects, limit["project_id"]) or {"id": None, "parent_id": None}
    around = [place["parent_id"]] if place["parent_id"] else [row["id"] for row in tx.all(CHILDREN, id=place["id"])]
    theirs = _overrides(tx, limit["registered_id"], around)
    if place["parent_id"]:
        bound = theirs.get(place["parent_id"], _default(tx, limit["registered_id"]))
        if _exceeds(limit["resource_limit"], bound):
            raise Forbidden(f"Invalid resource limit: it is above {bound}, which is that of the domain.")
    elif any(_exceeds(one, limit["resource_limit"]) for one in theirs.values()):
        raise Forbidden("Invalid resource limit: it is under that of one of the domain's projects.")


def effective_limits(tx: Tx, service_type: str, project_id: str | None, region: str | None = None) -> dict[str, int]:
    """How much of each of a service's resources a project may have, or any that has no limit of its own.

    -1 is any amount; where limits go down a tree, those of the project's parents are counted in.
    """
    line = _line(tx, project_id)
    found = {row["resource_name"]: row for row in _in_region(tx.all(_REGISTERED, type=service_type), region)}
    theirs: dict[str, dict[str, int]] = {}
    for row in tx.all(_OF_PROJECTS, registered_ids=[row["id"] for row in found.values()], ids=line) if found else ():
        theirs.setdefault(row["registered_id"], {})[row["project_id"]] = row["resource_limit"]
    return {name: _least(row["default_limit"], theirs.get(row["id"], {}), line) for name, row in found.items()}


def tree_limits(tx: Tx, service_type: str, project_id: str | None, region: str | None = None) -> Tree | None:
    """What counts together with a project; None where each project counts by itself."""
    place = tx.find(projects, project_id) if project_id is not None and _is_strict(tx) else None
    if place is None:
        return None
    top = place["domain_id"] or place["id"]
    below = [row["id"] for row in tx.all(_IN_DOMAIN, id=top)]
    return Tree(effective_limits(tx, service_type, top, region), [top, *below])


def _line(tx: Tx, project_id: str | None) -> list[str]:
    """A project, and where limits go down a tree those over it up to its domain."""
    place = tx.find(projects, project_id) if project_id is not None else None
    if place is None or not place["domain_id"] or not _is_strict(tx):
        return [] if project_id is None else [project_id]
    return [place["id"], *(row["id"] for row in above(tx, place)), place["domain_id"]]


def _least(default: int, theirs: Mapping[str, int], line: Sequence[str]) -> int:
    """The least that is said for any of a line of projects, by the default where nothing is."""
    amounts = [theirs.get(one, default) for one in line] or [default]
    return min((one for one in amounts if one != UNLIMITED), default=UNLIMITED)


def _in_region(rows: Sequence[Row], region: str | None) -> list[Row]:
    """Those for a region after those for all, so that they count; where no region is asked for, those for any."""
    return sorted(
        (row for row in rows if row["region_id"] in (None, region) or region is None),
        key=lambda row: row["region_id"] is not None,
    )


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /limits/model", rule="identity:get_limit_model")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """Which of the two is in force."""
    name = tx.part(IdentitySettings).limit_model
    return Answer({"model": {"name": name, "description": DESCRIPTIONS[name]}}, raw=True)
