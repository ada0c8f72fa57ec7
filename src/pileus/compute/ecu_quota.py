"""How much CPU a project may have, in ECU: a quota the Compute API has no word for, kept beside its own.

A key too many breaks clients that read quotas strictly, so it has a place of its own: `…/os-quota-sets/PROJECT/ecu`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus import identity
from pileus.compute.api import compute
from pileus.compute.quotas import PATH, RULE, limits_of, set_limit, used_by, whose
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import Resource, given, shown
from pileus.kernel.store import Tx
from pileus.kernel.values import Flag, Whole

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class EcuQuota(Resource, one="ecu"):
    """A project's CPU."""

    limit: Whole = given("update") | shown()
    in_use: int = shown()
    force: Flag = given("update", default=False)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@compute.route(f"GET {PATH}/ecu", EcuQuota, "show", rule=RULE + "show", of=whose)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: EcuQuota) -> dict[str, int]:
    """How much a project may have, and has."""
    return _told(tx, target["project_id"])


@compute.route(f"PUT {PATH}/ecu", EcuQuota, "update", rule=RULE + "update", of=whose)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: EcuQuota) -> dict[str, int]:
    """Set it; one below what is used wants `force`."""
    project_id = target["project_id"]
    if identity.project(tx, project_id) is None:
        raise Invalid(f"Project ID {project_id} is not a valid project.")
    used = 0 if asked.force else used_by(tx, project_id)["ecu"]
    set_limit(tx, project_id, "ecu", asked.limit, used=used)
    return _told(tx, project_id)


def _told(tx: Tx, project_id: str) -> dict[str, int]:
    return {"limit": limits_of(tx, project_id)["ecu"], "in_use": used_by(tx, project_id)["ecu"]}
