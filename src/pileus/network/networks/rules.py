"""What may be asked of networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.network.api import network, typed
from pileus.network.listing import Collection, Rows, chosen
from pileus.network.networks.shape import Network
from pileus.network.networks.table import PHYSICAL_ONE, ROWS, networks
from pileus.network.ports.making import clear_subnet
from pileus.network.ports.table import FOREIGN_PORT, USED_PORT
from pileus.network.quotas import take
from pileus.network.settings import NetworkSettings
from pileus.network.standard import changed, made, new_target
from pileus.network.subnets.table import subnets
from pileus.network.wants import network_changed

LEAST_MTU = 576
"""What every IPv4 host must be able to take (RFC 791)."""

_SUBNETS = (
    select(subnets.c.id, subnets.c.network_id)
    .where(subnets.c.network_id.in_(bindparam("networks", expanding=True)))
    .order_by(subnets.c.created_at, subnets.c.id)
)


def _with_subnets(tx: Tx, rows: Rows) -> Rows:
    found: dict[str, list[str]] = {row["id"]: [] for row in rows}
    for subnet in tx.all(_SUBNETS, networks=list(found)) if found else ():
        found[subnet["network_id"]].append(subnet["id"])
    return [{**row, "subnets": found[row["id"]]} for row in rows]


NETWORKS = Collection(
    what="Network",
    sentence="Network {} could not be found.",
    table=networks,
    rows=ROWS,
    rule="get_network",
    ways={"project_id": networks.c.project_id, "shared": networks.c.shared, "router:external": networks.c.external},
    complete=_with_subnets,
)
one_network = NETWORKS.finder("network_id")


def _provider(tx: Tx, asked: Network) -> tuple[str, str | None]:
    """The type and the physical network; raises Invalid for what no host here can make, Conflict if it is taken."""
    kind = "local" if asked.network_type is UNSET else asked.network_type
    physical = None if asked.physical_network is UNSET else asked.physical_network
    if kind not in ("flat", "local"):
        raise typed(Invalid, "InvalidInput", f"Invalid input for operation: network_type value '{kind}' not supported.")
    if (kind == "flat") is (physical is None):
        said = f"physical_network {'required' if physical is None else 'prohibited'} for {kind} provider network"
        raise typed(Invalid, "InvalidInput", f"Invalid input for operation: {said}.")
    if physical not in (None, tx.part(NetworkSettings).physical_network):
        said = f"Invalid input for operation: physical_network '{physical}' unknown for flat provider network."
        raise typed(Invalid, "InvalidInput", said)
    if physical is not None and tx.one(PHYSICAL_ONE, name=physical) is not None:
        said = f"Unable to create the flat network. Physical network {physical} is in use."
        raise typed(Conflict, "FlatNetworkInUse", said)
    return kind, physical


def _mtu(tx: Tx, asked: Network) -> int:
    """The MTU asked for, or the most there can be; raises Invalid."""
    most = tx.part(NetworkSettings).mtu
    mtu = most if asked.mtu is UNSET or asked.mtu == 0 else asked.mtu
    if not LEAST_MTU <= mtu <= most:
        said = f"Invalid input for operation: Requested MTU {mtu} is not between {LEAST_MTU} and {most}."
        raise typed(Invalid, "InvalidInput", said)
    return mtu


def make_network(tx: Tx, project_id: str, asked: Network) -> Mapping[str, Any]:
    """A new network of a project; raises OverQuota."""
    kind, physical = _provider(tx, asked)
    take(tx, project_id, "network")
    row = made(
        tx,
        networks,
        project_id=project_id,
        name=asked.name,
        description=asked.description,
        admin_state_up=asked.admin_state_up,
        shared=asked.shared is True,
        external=asked.external is True,
        mtu=_mtu(tx, asked),
        port_security_enabled=asked.port_security_enabled is not False,
        network_type=kind,
        physical_network=physical,
    )
    return NETWORKS.one(tx, row["id"])


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /networks", Network, "list")
def list_networks(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Network) -> Answer:
    """The networks a caller may use: its own, shared and external ones."""
    return NETWORKS.listed(tx, who, asked)


@network.route("POST /networks", Network, "create", rule="create_network", of=new_target, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Network) -> Mapping[str, Any]:
    """Make a network; hosts hear of it with its first port."""
    return make_network(tx, target["project_id"], asked)


@network.route("GET /networks/{network_id}", Network, "show", rule="get_network", of=one_network)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Network) -> Answer:
    """One network."""
    return Answer(target, only=chosen(asked))


@network.route("PUT /networks/{network_id}", Network, "update", rule="update_network", of=one_network)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Network) -> Mapping[str, Any]:
    """Change a network; hosts that have it follow."""
    if asked.shared is False and target["shared"] and tx.one(FOREIGN_PORT, network_id=target["id"]) is not None:
        said = f"Unable to reconfigure sharing settings for network {target['id']}. Multiple projects are using it."
        raise typed(Conflict, "InvalidSharedSetting", said)
    new = changed(
        tx,
        networks,
        target,
        name=asked.name,
        description=asked.description,
        admin_state_up=asked.admin_state_up,
        shared=asked.shared,
        external=asked.external,
        mtu=UNSET if asked.mtu is UNSET else _mtu(tx, asked),
        port_security_enabled=asked.port_security_enabled,
    )
    if new:
        network_changed(tx, target["id"])
    return NETWORKS.one(tx, target["id"])


@network.route("DELETE /networks/{network_id}", Network, "delete", rule="delete_network", of=one_network, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Network) -> None:
    """Remove a network that nobody is plugged into, with its subnets."""
    if tx.one(USED_PORT, network_id=target["id"]) is not None:
        said = (
            f"Unable to complete operation on network {target['id']}. "
            "There are one or more ports still in use on the network."
        )
        raise typed(Conflict, "NetworkInUse", said)
    for subnet_id in target["subnets"]:
        clear_subnet(tx, subnet_id)
        tx.remove(subnets, subnet_id)
    tx.remove(networks, target["id"])
