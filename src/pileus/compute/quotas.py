"""Quotas: how many servers, VCPUs and MiB a project may have; checked in the transaction that makes the row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Integer, String, Table, bindparam, select

from pileus import identity
from pileus.compute.api import compute
from pileus.compute.changes import SMALL_QUOTAS, WITHOUT_FILES
from pileus.compute.servers.table import USED
from pileus.compute.settings import ComputeSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, OverQuota
from pileus.kernel.resource import UNSET, Nothing, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Id, Tx, metadata
from pileus.kernel.values import Flag, Whole

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

OF_NETWORK = ("fixed_ips", "floating_ips", "security_group_rules", "security_groups")
"""Counted by the network service; shown to older callers as without limit."""
OURS = ("ecu",)
"""What the Compute API has no word for: asked and set beside it, by `ecu_quota.py`."""
OF_FILES = ("injected_file_content_bytes", "injected_file_path_bytes", "injected_files")


class QuotaSet(Resource, one="quota_set"):
    """A project's quotas."""

    instances: Whole = given("update", default=UNSET)
    cores: Whole = given("update", default=UNSET)
    ram: Whole = given("update", default=UNSET)
    key_pairs: Whole = given("update", default=UNSET)
    metadata_items: Whole = given("update", default=UNSET)
    server_groups: Whole = given("update", default=UNSET)
    server_group_members: Whole = given("update", default=UNSET)
    injected_files: Whole = given("update", default=UNSET, until="2.57")
    injected_file_content_bytes: Whole = given("update", default=UNSET, until="2.57")
    injected_file_path_bytes: Whole = given("update", default=UNSET, until="2.57")
    fixed_ips: Whole = given("update", default=UNSET, until="2.36")
    floating_ips: Whole = given("update", default=UNSET, until="2.36")
    security_groups: Whole = given("update", default=UNSET, until="2.36")
    security_group_rules: Whole = given("update", default=UNSET, until="2.36")
    tenant_id: str = given("update", default=UNSET)
    force: Flag = given("update", default=False)
    user_id: str = given("show detail", default=UNSET)


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

quotas = Table(
    "compute_quotas",
    metadata,
    Column("project_id", Id, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("limit", Integer, nullable=False),
    info={"kind": "compute_quota"},
)
"""Only what differs from the defaults."""

_OF_PROJECT = select(quotas).where(quotas.c.project_id == bindparam("project_id"))
_ONE = _OF_PROJECT.where(quotas.c.name == bindparam("name"))


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

MOST = 2**31 - 1
COUNTED = ("instances", "cores", "ram", "ecu")


UNIFIED = {
    "instances": "servers",
    "cores": "class:VCPU",
    "ram": "class:MEMORY_MB",
    "key_pairs": "server_key_pairs",
    "metadata_items": "server_metadata_items",
    "server_groups": "server_groups",
    "server_group_members": "server_group_members",
    "injected_files": "server_injected_files",
    "injected_file_content_bytes": "server_injected_file_content_bytes",
    "injected_file_path_bytes": "server_injected_file_path_bytes",
}
"""What the identity service calls our quotas, where it keeps them."""


def defaults(tx: Tx) -> dict[str, int]:
    """What a project may have unless told otherwise."""
    found: dict[str, int] = msgspec.to_builtins(tx.part(ComputeSettings).quota)
    return {**found, **_unified(tx, None)}


def limits_of(tx: Tx, project_id: str | None) -> dict[str, int]:
    """What a project may have; -1 is no limit."""
    own = {row["name"]: row["limit"] for row in tx.all(_OF_PROJECT, project_id=project_id)}
    found: dict[str, int] = msgspec.to_builtins(tx.part(ComputeSettings).quota)
    return {**found, **own, **_unified(tx, project_id)}


def _unified(tx: Tx, project_id: str | None) -> dict[str, int]:
    """Those quotas that the identity service keeps, if it does; what is not registered there is none at all."""
    if not tx.part(ComputeSettings).unified_limits:
        return {}
    return _in_our_words(identity.limits_of(tx, "compute", project_id))


def _in_our_words(told: Mapping[str, int]) -> dict[str, int]:
    return {ours: told.get(theirs, 0) for ours, theirs in UNIFIED.items()}


def used_by(tx: Tx, *project_ids: str | None) -> dict[str, int]:
    """What a project has, or several together."""
    row = tx.one(USED, project_ids=project_ids)
    return {name: int(row[name]) for name in COUNTED} if row else dict.fromkeys(COUNTED, 0)


def check_servers(tx: Tx, who: Caller, count: int, each: Mapping[str, int]) -> None:
    """Refuse servers that would exceed a quota, saying which, how much is asked, used and allowed."""
    asked = {name: count * each[name] for name in COUNTED}
    for limits, project_ids in _bounds(tx, who.project_id):
        used = used_by(tx, *project_ids)
        over = [name for name in COUNTED if 0 <= limits.get(name, -1) < used[name] + asked[name]]
        if over:
            names = ", ".join(over)
            wanted = ", ".join(str(asked[name]) for name in over)
            had = ", ".join(str(used[name]) for name in over)
            most = ", ".join(str(limits[name]) for name in over)
            raise OverQuota(
                f"Quota exceeded for {names}: Requested {wanted}, but already used {had} of {most} {names}"
                + (", with all projects of the domain" if len(project_ids) > 1 else "")
            )


def _bounds(tx: Tx, project_id: str | None) -> Iterator[tuple[Mapping[str, int], Sequence[str | None]]]:
    """What a project may have, and what those that it counts together with may have together."""
    yield limits_of(tx, project_id), [project_id]
    if tx.part(ComputeSettings).unified_limits and (tree := identity.tree_limits(tx, "compute", project_id)):
        yield _in_our_words(tree.limits), tree.projects


def check_metadata(tx: Tx, project_id: str, items: Mapping[str, Any]) -> None:
    """Refuse more metadata than a server may have."""
    most = limits_of(tx, project_id)["metadata_items"]
    if 0 <= most < len(items):
        raise OverQuota(f"Maximum number of metadata items exceeds {most}")


def set_limit(tx: Tx, project_id: str, name: str, limit: int, *, used: int) -> None:
    """Set one quota; raises Invalid for one that is out of range, or below what is used."""
    if not -1 <= limit <= MOST:
        raise Invalid(f"Quota limit {limit} for {name} must be in the range of -1 and {MOST}.")
    if 0 <= limit < used:
        raise Invalid(f"Quota limit {limit} for {name} must be greater than or equal to already used {used}.")
    if name in UNIFIED and tx.part(ComputeSettings).unified_limits:
        raise Invalid(f"The quota for {name} is kept by the identity service: change the limit of {UNIFIED[name]}.")
    row = tx.one(_ONE, project_id=project_id, name=name)
    if row is None:
        tx.insert(quotas, project_id=project_id, name=name, limit=limit)
    else:
        tx.change(quotas, row, limit=limit)


def _shown(who: Caller, project_id: str | None, values: Mapping[str, Any], without: Any) -> Answer:
    """A quota set as the caller's version has it."""
    hidden = OURS + (OF_FILES if who.can(WITHOUT_FILES) else ())
    kept = {name: value for name, value in values.items() if name not in hidden}
    network = {} if who.can(SMALL_QUOTAS) else dict.fromkeys(OF_NETWORK, without)
    named = {} if project_id is None else {"id": project_id}
    return Answer({"quota_set": {**named, **kept, **network}}, raw=True)


def whose(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The project a path names."""
    return {"project_id": path["project_id"], "user_id": who.user_id}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-quota-sets:"
PATH = "/os-quota-sets/{project_id}"


@compute.route(f"GET {PATH}", QuotaSet, "show", rule=RULE + "show", of=whose)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: QuotaSet) -> Answer:
    """What a project may have."""
    return _shown(who, target["project_id"], limits_of(tx, target["project_id"]), -1)


@compute.route(f"GET {PATH}/detail", QuotaSet, "detail", rule=RULE + "detail", of=whose)
def detail(tx: Tx, who: Caller, target: Mapping[str, Any], asked: QuotaSet) -> Answer:
    """What a project may have, and has."""
    used = used_by(tx, target["project_id"])
    whole = {
        name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0}
        for name, limit in limits_of(tx, target["project_id"]).items()
    }
    return _shown(who, target["project_id"], whole, {"limit": -1, "in_use": 0, "reserved": 0})


@compute.route(f"GET {PATH}/defaults", Nothing, rule=RULE + "defaults", of=whose)
def show_defaults(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """What a project may have unless told otherwise."""
    return _shown(who, target["project_id"], defaults(tx), -1)


@compute.route(f"PUT {PATH}", QuotaSet, "update", rule=RULE + "update", of=whose)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: QuotaSet) -> Answer:
    """Set some quotas; one below what is used wants `force`."""
    project_id = target["project_id"]
    if identity.project(tx, project_id) is None:
        raise Invalid(f"Project ID {project_id} is not a valid project.")
    used = used_by(tx, project_id)
    for name in defaults(tx):
        limit = getattr(asked, name, UNSET)
        if limit is not UNSET:
            set_limit(tx, project_id, name, limit, used=0 if asked.force else used.get(name, 0))
    return _shown(who, None, limits_of(tx, project_id), -1)


@compute.route(f"DELETE {PATH}", Nothing, rule=RULE + "delete", of=whose, code=202)
def reset(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Back to the defaults."""
    for row in tx.all(_OF_PROJECT, project_id=target["project_id"]):
        tx.remove(quotas, row)
