"""What may be asked of subnet pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.network.api import network, typed
from pileus.network.listing import Collection, chosen
from pileus.network.quotas import take
from pileus.network.standard import changed, made, new_target
from pileus.network.subnetpools.cutting import LEAST, check_free, check_lengths, cut, prefixes_of
from pileus.network.subnetpools.shape import SubnetPool
from pileus.network.subnetpools.table import CUT, DEFAULT, ROWS, subnetpools
from pileus.network.subnets.ranges import invalid

POOLS = Collection(
    what="SubnetPool",
    sentence="Subnet pool {} could not be found.",
    table=subnetpools,
    rows=ROWS,
    rule="get_subnetpool",
    ways={"project_id": subnetpools.c.project_id, "shared": subnetpools.c.shared},
)
one_pool = POOLS.finder("subnetpool_id")


def cidr_from_pool(tx: Tx, who: Caller, asked: Any) -> tuple[str, str]:
    """A range for a new subnet from the pool it names (or the default one), and the pool; raises Conflict, Invalid."""
    pool = _pool_of(tx, who, asked)
    taken = [row["cidr"] for row in tx.all(CUT, pool_id=pool["id"])]
    if asked.cidr not in (UNSET, None):
        check_free(pool["prefixes"], taken, asked.cidr)
        return str(asked.cidr), pool["id"]
    length = pool["default_prefixlen"] if asked.prefixlen is UNSET else asked.prefixlen
    if not pool["min_prefixlen"] <= length <= pool["max_prefixlen"]:
        said = (
            f"Unable to allocate subnet with prefix length {length}, "
            f"the pool gives /{pool['min_prefixlen']} to /{pool['max_prefixlen']}."
        )
        raise typed(Invalid, "IllegalSubnetPoolPrefixBounds", said)
    return cut(pool["prefixes"], taken, length), pool["id"]


def _pool_of(tx: Tx, who: Caller, asked: Any) -> Mapping[str, Any]:
    if asked.use_default_subnetpool:
        version = 4 if asked.ip_version is UNSET else asked.ip_version
        found = tx.one(DEFAULT, ip_version=version)
        if found is None:
            raise invalid(f"No default subnetpool found for IPv{version}")
        return found
    found = POOLS.known(tx, who, asked.subnetpool_id)
    if asked.ip_version not in (UNSET, found["ip_version"]):
        raise invalid("Cannot allocate from a subnet pool of another IP version.")
    return found


def _lengths(asked: SubnetPool, version: int, had: Mapping[str, Any]) -> dict[str, int]:
    """The three prefix lengths of a pool: asked for, else as they were, else the usual ones; raises Invalid."""
    most = 32 if version == 4 else 128
    least = had.get("min_prefixlen", LEAST[version]) if asked.min_prefixlen is UNSET else asked.min_prefixlen
    usual = had.get("default_prefixlen", least) if asked.default_prefixlen is UNSET else asked.default_prefixlen
    longest = had.get("max_prefixlen", most) if asked.max_prefixlen is UNSET else asked.max_prefixlen
    check_lengths(least, usual, longest, version)
    return {"min_prefixlen": least, "default_prefixlen": usual, "max_prefixlen": longest}


def _check_only_default(tx: Tx, asked: SubnetPool, version: int, own: str | None) -> None:
    other = tx.one(DEFAULT, ip_version=version) if asked.is_default is True else None
    if other is not None and other["id"] != own:
        raise invalid("A default subnetpool for this IP family has already been set. Only one default may exist.")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /subnetpools", SubnetPool, "list")
def list_pools(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SubnetPool) -> Answer:
    """A caller's pools and shared ones."""
    return POOLS.listed(tx, who, asked)


@network.route("POST /subnetpools", SubnetPool, "create", rule="create_subnetpool", of=new_target, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SubnetPool) -> Mapping[str, Any]:
    """Make a pool."""
    prefixes = prefixes_of(asked.prefixes)
    version = prefixes[0].version
    _check_only_default(tx, asked, version, None)
    take(tx, target["project_id"], "subnetpool")
    row = made(
        tx,
        subnetpools,
        project_id=target["project_id"],
        name=asked.name,
        description=asked.description,
        prefixes=[str(one) for one in prefixes],
        ip_version=version,
        shared=asked.shared is True,
        is_default=asked.is_default is True,
        **_lengths(asked, version, {}),
    )
    return POOLS.one(tx, row["id"])


@network.route("GET /subnetpools/{subnetpool_id}", SubnetPool, "show", rule="get_subnetpool", of=one_pool)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SubnetPool) -> Answer:
    """One pool."""
    return Answer(target, only=chosen(asked))


@network.route("PUT /subnetpools/{subnetpool_id}", SubnetPool, "update", rule="update_subnetpool", of=one_pool)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SubnetPool) -> Mapping[str, Any]:
    """Change a pool; it may grow, but not shrink."""
    version = target["ip_version"]
    _check_only_default(tx, asked, version, target["id"])
    prefixes = UNSET
    if asked.prefixes is not UNSET:
        wanted = prefixes_of(asked.prefixes)
        prefixes = [str(one) for one in wanted]
        had = prefixes_of(target["prefixes"])
        if not all(one.version == version and any(_covers(new, one) for new in wanted) for one in had):
            raise typed(Invalid, "IllegalSubnetPoolPrefixUpdate", "Illegal update to prefixes: a pool may not shrink.")
    changed(
        tx,
        subnetpools,
        target,
        name=asked.name,
        description=asked.description,
        prefixes=prefixes,
        is_default=asked.is_default,
        **_lengths(asked, version, target),
    )
    return POOLS.one(tx, target["id"])


def _covers(one: Any, other: Any) -> bool:
    return bool(one.version == other.version and other.subnet_of(one))


@network.route(
    "DELETE /subnetpools/{subnetpool_id}", SubnetPool, "delete", rule="delete_subnetpool", of=one_pool, code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SubnetPool) -> None:
    """Remove a pool from which nothing is cut."""
    if tx.one(CUT, pool_id=target["id"]) is not None:
        said = "Unable to delete subnet pool: Subnet pool has existing allocations."
        raise typed(Conflict, "SubnetPoolDeleteError", said)
    tx.remove(subnetpools, target["id"])
