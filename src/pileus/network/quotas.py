"""Quotas: how many of each resource a project may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Column, Integer, String, Table, bindparam, func, select

from pileus import identity
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing, OverQuota
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Id, Tx, metadata
from pileus.kernel.values import Flag, Whole
from pileus.network.api import network, typed
from pileus.network.listing import chosen
from pileus.network.networks.table import networks
from pileus.network.ports.table import SERVICE, ports
from pileus.network.security_groups.table import groups, rules
from pileus.network.settings import NetworkSettings
from pileus.network.standard import Sought
from pileus.network.subnetpools.table import subnetpools
from pileus.network.subnets.table import subnets

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

MOST = 2**31 - 1


class Share(msgspec.Struct):
    """A limit, and how much of it is taken."""

    limit: int
    used: int
    reserved: int


def _limit() -> Any:
    return given("update", default=UNSET) | shown("details", kind=Share) | shown()


class Quota(Sought, one="quota", many="quotas"):
    """Limits of a project; -1 is no limit."""

    network: Whole = _limit()
    subnet: Whole = _limit()
    subnetpool: Whole = _limit()
    port: Whole = _limit()
    security_group: Whole = _limit()
    security_group_rule: Whole = _limit()
    project_id: str = shown("list")
    tenant_id: str = shown("list")
    check_limit: Flag = given("update", default=False)
    force: Flag = given("update", default=False)


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

quotas = Table(
    "network_quotas",
    metadata,
    Column("project_id", Id, primary_key=True),
    Column("resource", String(32), primary_key=True),
    Column("limit", Integer, nullable=False),
    info={"kind": "quota"},
)

_ALL = select(quotas).order_by(quotas.c.project_id)
_OF_PROJECT = select(quotas).where(quotas.c.project_id == bindparam("project_id"))
_ONE = _OF_PROJECT.where(quotas.c.resource == bindparam("resource"))
_COUNTED = {
    "network": networks,
    "subnet": subnets,
    "subnetpool": subnetpools,
    "port": ports,
    "security_group": groups,
    "security_group_rule": rules,
}
_PROJECTS: BindParameter[str] = bindparam("project_ids", expanding=True)
_USED = {
    name: select(func.count()).select_from(table).where(table.c.project_id.in_(_PROJECTS))
    for name, table in _COUNTED.items()
}
_USED["port"] = _USED["port"].where(ports.c.device_owner != SERVICE)


def take(tx: Tx, project_id: str, resource: str) -> None:
    """Make sure a project may have one more of a resource; raises OverQuota."""
    limit = limit_of(tx, project_id, resource)
    if limit >= 0 and used_of(tx, resource, project_id) >= limit:
        raise OverQuota(f"Quota exceeded for resources: ['{resource}'].")
    tree = identity.tree_limits(tx, "network", project_id) if tx.part(NetworkSettings).unified_limits else None
    if tree and 0 <= tree.limits.get(resource, -1) <= used_of(tx, resource, *tree.projects):
        raise OverQuota(f"Quota exceeded for resources: ['{resource}'], with all projects of the domain.")


def limit_of(tx: Tx, project_id: str, resource: str) -> int:
    """How many of a resource a project may have; -1 is no limit."""
    if (told := _unified(tx, project_id).get(resource)) is not None:
        return told
    row = tx.one(_ONE, project_id=project_id, resource=resource)
    return int(row["limit"] if row is not None else getattr(tx.part(NetworkSettings).quota, resource))


def used_of(tx: Tx, resource: str, *project_ids: str) -> int:
    """How many of a resource a project has, or several together."""
    return int(tx.value(_USED[resource], project_ids=project_ids))


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _limits(tx: Tx, project_id: str) -> dict[str, int]:
    own = {row["resource"]: row["limit"] for row in tx.all(_OF_PROJECT, project_id=project_id)}
    return {**_defaults(tx), **own, **_unified(tx, project_id)}


def _defaults(tx: Tx) -> dict[str, int]:
    return {**msgspec.structs.asdict(tx.part(NetworkSettings).quota), **_unified(tx, None)}


def _unified(tx: Tx, project_id: str | None) -> dict[str, int]:
    """Those limits that the identity service keeps, if it does; without a project, what is said for all."""
    if not tx.part(NetworkSettings).unified_limits:
        return {}
    told = identity.limits_of(tx, "network", project_id)
    return {name: told[name] for name in _COUNTED if name in told}


def _check_ours(tx: Tx, project_id: str, resource: str) -> None:
    if resource in _unified(tx, project_id):
        said = f"The quota for {resource} is kept by the identity service: change its limit there."
        raise typed(Invalid, "InvalidInput", said)


def _check_range(resource: str, limit: int) -> None:
    if not -1 <= limit <= MOST:
        raise typed(Invalid, "InvalidInput", f"Invalid input for {resource}: {limit} is not between -1 and {MOST}.")


def _check_used(tx: Tx, project_id: str, resource: str, limit: int) -> None:
    used = used_of(tx, resource, project_id)
    if 0 <= limit < used:
        said = f"Quota limit {limit} for {resource} is less than the {used} in use."
        raise typed(Invalid, "InvalidQuotaValue", said)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /quotas", Quota, "list", rule="get_quota")
def list_quotas(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Quota) -> Answer:
    """Projects whose limits are not the usual ones; an administrator sees all of them."""
    mine = None if who.may("context_is_admin") else who.project_id
    found: dict[str, dict[str, Any]] = {}
    for row in tx.all(_ALL):
        if mine in (None, row["project_id"]):
            named = {"project_id": row["project_id"], "tenant_id": row["project_id"]}
            found.setdefault(row["project_id"], {**_defaults(tx), **named})[row["resource"]] = row["limit"]
    return Answer(list(found.values()), only=chosen(asked))


@network.route("GET /quotas/{project_id}", Quota, "show", rule="get_quota")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Quota) -> Answer:
    """A project's limits."""
    return Answer(_limits(tx, target["project_id"]), only=chosen(asked))


@network.route("GET /quotas/{project_id}/default", Quota, "show", rule="get_quota")
def show_default(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Quota) -> Answer:
    """The limits of projects that have none of their own."""
    return Answer(_defaults(tx), only=chosen(asked))


@network.route("GET /quotas/{project_id}/details", Quota, "show", rule="get_quota", view="details")
@network.route("GET /quotas/{project_id}/details.json", Quota, "show", rule="get_quota", view="details")
def show_details(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Quota) -> Answer:
    """A project's limits, and how much of each is used."""
    project_id = target["project_id"]
    limits = _limits(tx, project_id).items()
    told = {name: {"limit": limit, "used": used_of(tx, name, project_id), "reserved": 0} for name, limit in limits}
    return Answer(told, only=chosen(asked))


@network.route("PUT /quotas/{project_id}", Quota, "update", rule="update_quota", view="show")
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Quota) -> Mapping[str, Any]:
    """Set some limits of a project."""
    project_id = target["project_id"]
    for resource in _COUNTED:
        limit = getattr(asked, resource)
        if limit is UNSET:
            continue
        _check_ours(tx, project_id, resource)
        _check_range(resource, limit)
        if asked.check_limit and not asked.force:
            _check_used(tx, project_id, resource, limit)
        row = tx.one(_ONE, project_id=project_id, resource=resource)
        if row is None:
            tx.insert(quotas, project_id=project_id, resource=resource, limit=limit)
        else:
            tx.change(quotas, row, limit=limit)
    return _limits(tx, project_id)


@network.route("DELETE /quotas/{project_id}", Quota, "delete", rule="delete_quota", code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Quota) -> None:
    """Let a project have the usual limits again."""
    own = tx.all(_OF_PROJECT, project_id=target["project_id"])
    if not own:
        raise Missing(
            f"Quota for tenant {target['project_id']} could not be found.", extra={"type": "TenantQuotaNotFound"}
        )
    for row in own:
        tx.remove(quotas, row)
