"""Limits: what a project may have and has, in one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.compute.api import compute
from pileus.compute.changes import SMALL_QUOTAS, WITHOUT_FILES, WITHOUT_IMAGE_META
from pileus.compute.quotas import limits_of, used_by
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden
from pileus.kernel.resource import UNSET, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

_NAMES = {
    "maxTotalCores": "cores",
    "maxTotalInstances": "instances",
    "maxTotalRAMSize": "ram",
    "maxTotalKeypairs": "key_pairs",
    "maxServerMeta": "metadata_items",
    "maxServerGroups": "server_groups",
    "maxServerGroupMembers": "server_group_members",
}
_FILES = {"maxPersonality": "injected_files", "maxPersonalitySize": "injected_file_content_bytes"}
_OF_NETWORK = {
    "maxTotalFloatingIps": -1,
    "maxSecurityGroups": -1,
    "maxSecurityGroupRules": -1,
    "totalFloatingIpsUsed": 0,
    "totalSecurityGroupsUsed": 0,
}
"""Counted by the network service; told to older callers as without limit."""


class LimitsQuery(Resource):
    """Whose limits."""

    tenant_id: str = given("show", default=UNSET)
    reserved: str = given("show", default=UNSET)


@compute.route("GET /limits", LimitsQuery, "show", rule="os_compute_api:limits")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: LimitsQuery) -> Answer:
    """The caller's project's limits, or for administrators another's."""
    project_id = who.project_id
    if asked.tenant_id is not UNSET:
        if not who.may("os_compute_api:limits:other_project"):
            raise Forbidden("Policy doesn't allow os_compute_api:limits:other_project to be performed.")
        project_id = asked.tenant_id
    return Answer({"limits": {"rate": [], "absolute": _absolute(tx, who, project_id)}}, raw=True)


def _absolute(tx: Tx, who: Caller, project_id: str | None) -> dict[str, int]:
    limits, used = limits_of(tx, project_id), used_by(tx, project_id)
    found = {wire: limits[name] for wire, name in _NAMES.items()}
    if not who.can(WITHOUT_FILES):
        found |= {wire: limits[name] for wire, name in _FILES.items()}
    if not who.can(WITHOUT_IMAGE_META):
        found["maxImageMeta"] = limits["metadata_items"]
    if not who.can(SMALL_QUOTAS):
        found |= _OF_NETWORK
    return found | {
        "totalRAMUsed": used["ram"],
        "totalCoresUsed": used["cores"],
        "totalInstancesUsed": used["instances"],
        "totalServerGroupsUsed": 0,
    }
