"""How limits of a tree go together: not at all (flat), or none above that of the domain (strict two-level)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    "strict_two_level": "Projects stand directly under their domain, and none may have more than its domain.",
}
UNLIMITED = -1

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

_REGISTERED = (
    select(registered_limits)
    .join(services, services.c.id == registered_limits.c.service_id)
    .where(services.c.type == bindparam("type"), registered_limits.c.resource_name == bindparam("resource_name"))
    .order_by(registered_limits.c.region_id)
)
_OF_PROJECTS = select(limits.c.project_id, limits.c.resource_limit).where(
    limits.c.registered_id == bindparam("registered_id"), limits.c.project_id.in_(bindparam("ids", expanding=True))
)


def _overrides(tx: Tx, registered_id: str, ids: list[str]) -> dict[str, int]:
    rows = tx.all(_OF_PROJECTS, registered_id=registered_id, ids=ids)
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


def effective_limit(
    tx: Tx, service_type: str, resource_name: str, project_id: str, region: str | None = None
) -> int | None:
    """How much of a service's resource a project may have; -1 is any amount, None is that nobody has said."""
    by_region = {row["region_id"]: row for row in tx.all(_REGISTERED, type=service_type, resource_name=resource_name)}
    registered = _in_region(by_region, region)
    if registered is None:
        return None
    place = tx.find(projects, project_id)
    line = [project_id]
    if _is_strict(tx) and place is not None and place["domain_id"]:
        line += [*(row["id"] for row in above(tx, place)), place["domain_id"]]
    theirs = _overrides(tx, registered["id"], line)
    default = int(registered["default_limit"])
    amounts = [theirs.get(one, default) for one in line]
    return min((one for one in amounts if one != UNLIMITED), default=UNLIMITED)


def _in_region(by_region: Mapping[str | None, Row], region: str | None) -> Row | None:
    """The one for a region, else that for all; where no region is asked for, the first that is for any."""
    if region is not None:
        return by_region.get(region) or by_region.get(None)
    return next((row for at, row in by_region.items() if at is not None), by_region.get(None))


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /limits/model", rule="identity:get_limit_model")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """Which of the two is in force."""
    name = tx.part(IdentitySettings).limit_model
    return Answer({"model": {"name": name, "description": DESCRIPTIONS[name]}}, raw=True)
