"""What hosts are asked for: the ports of the servers they run, the networks of those ports, the groups they need.

A network is on a host as long as one of its ports is, and there has a port of the host's own, from which guests
are served.  A group is on a host if a port there is in it, or if a rule of such a group names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from pileus.fleet import holds, host_of, seen_of, want, want_on, wanted_of, withdraw
from pileus.kernel.store import Tx
from pileus.network.networks.table import networks
from pileus.network.ports.claims import Wish
from pileus.network.ports.making import free_left, give_addresses, make_port, remove_port
from pileus.network.ports.states import status_of
from pileus.network.ports.table import GROUPS_OF, SERVICE, memberships, ports
from pileus.network.security_groups.table import NAMING, rules
from pileus.network.specs import group_spec, network_spec, port_spec
from pileus.network.subnets.modes import is_by_mac
from pileus.network.subnets.table import OF_NETWORK

_HOSTS_OF_NETWORK = (
    select(ports.c.host_id)
    .where(ports.c.network_id == bindparam("network_id"), ports.c.host_id.is_not(None), ports.c.device_owner != SERVICE)
    .distinct()
)
_ON_HOST = select(ports.c.id).where(
    ports.c.network_id == bindparam("network_id"),
    ports.c.host_id == bindparam("host_id"),
    ports.c.device_owner != SERVICE,
)
_PORTS_ON_HOST = _ON_HOST.limit(1)
_ALL_ON_HOST = select(ports).where(ports.c.host_id == bindparam("host_id"))
_SERVICE_PORT = select(ports).where(
    ports.c.network_id == bindparam("network_id"),
    ports.c.host_id == bindparam("host_id"),
    ports.c.device_owner == SERVICE,
)
_HOSTS_IN_GROUP = (
    select(ports.c.host_id)
    .distinct()
    .join(memberships, memberships.c.port_id == ports.c.id)
    .where(memberships.c.group_id == bindparam("group_id"), ports.c.host_id.is_not(None))
)
_BESIDE_GROUP = (
    select(ports.c.host_id)
    .join(memberships, memberships.c.port_id == ports.c.id)
    .join(rules, rules.c.security_group_id == memberships.c.group_id)
    .where(rules.c.remote_group_id == bindparam("group_id"), ports.c.host_id.is_not(None))
)
_HOSTS_OF_GROUP = _HOSTS_IN_GROUP.union(_BESIDE_GROUP)
_REMOTES = (
    select(rules.c.remote_group_id)
    .where(rules.c.security_group_id.in_(bindparam("groups", expanding=True)), rules.c.remote_group_id.is_not(None))
    .distinct()
)

# ── ports ────────────────────────────────────────────────────────────────────────────────────────────────


def plug(tx: Tx, port: Mapping[str, Any], *, left: Iterable[str] = ()) -> None:
    """Ask a port's host for the port as it is now, and for what it needs there; `left` are groups it was in."""
    host_id = port["host_id"]
    if host_id is None:
        return
    _ensure_network(tx, host_id, port["network_id"])
    own = [row["group_id"] for row in tx.all(GROUPS_OF, ports=[port["id"]])]
    for group_id in _with_remotes(tx, own):
        if wanted_of(tx, host_id, "group", group_id) is None:
            want(tx, host_id, "group", group_id, group_spec(tx, group_id))
    want(tx, host_id, "port", port["id"], port_spec(tx, port))
    drop_groups(tx, host_id, left)


def unplug(tx: Tx, host_id: str, port: Mapping[str, Any], groups: Iterable[str]) -> None:
    """Take a port back from a host that it has already left (its row is changed), with what it alone needed."""
    withdraw(tx, host_id, "port", port["id"])
    drop_groups(tx, host_id, groups)
    if tx.one(_PORTS_ON_HOST, network_id=port["network_id"], host_id=host_id) is None:
        withdraw(tx, host_id, "network", port["network_id"])
        service = tx.one(_SERVICE_PORT, network_id=port["network_id"], host_id=host_id)
        if service is not None:
            remove_port(tx, service, left=(port["network_id"], host_id))


def drop(tx: Tx, port: Mapping[str, Any]) -> None:
    """Remove a port for good, from its host too; nothing waits for the host."""
    host_id = port["host_id"]
    held = host_id is not None and holds(tx, host_id, "port", port["id"])
    groups = remove_port(tx, port, left=(port["id"], host_id) if held else None)
    if host_id is not None:
        unplug(tx, host_id, port, groups)
    members_changed(tx, groups)


def host_forgotten(tx: Tx, host_id: str) -> None:
    """A host is no more: nothing is asked of it, its ports are plugged in nowhere, and what they left is free."""
    for port in tx.all(_ALL_ON_HOST, host_id=host_id):
        if port["device_owner"] == SERVICE:
            remove_port(tx, port)
        else:
            tx.change(ports, port, host_id=None, status=status_of({**port, "host_id": None}, None))
    free_left(tx, on=host_id)


# ── networks ─────────────────────────────────────────────────────────────────────────────────────────────


def _ensure_network(tx: Tx, host_id: str, network_id: str) -> None:
    if wanted_of(tx, host_id, "network", network_id) is None:
        _want_network(tx, host_id, network_id)


def _want_network(tx: Tx, host_id: str, network_id: str) -> None:
    network = tx.find(networks, network_id) or {}
    host = host_of(tx, host_id)["name"]
    _serve(tx, network, host_id, host)
    want(tx, host_id, "network", network_id, network_spec(tx, network, host))


def _serve(tx: Tx, network: Mapping[str, Any], host_id: str, host: str) -> None:
    """See that the host has a port of its own, with an address in every subnet it serves."""
    served = [
        row["id"] for row in tx.all(OF_NETWORK, network_id=network["id"]) if row["enable_dhcp"] and not is_by_mac(row)
    ]
    asked = [Wish(subnet_id) for subnet_id in served]
    port = tx.one(_SERVICE_PORT, network_id=network["id"], host_id=host_id)
    if port is not None:
        give_addresses(tx, port, asked)
        return
    free_left(tx, by=network["id"], on=host_id)
    make_port(
        tx,
        network["id"],
        asked=asked,
        project_id=network["project_id"],
        device_owner=SERVICE,
        device_id=f"dhcp-{host_id}",
        host_id=host_id,
        binding_host=host,
        vif_type="bridge",
    )


def network_changed(tx: Tx, network_id: str) -> None:
    """Ask anew for a network, and for its ports, on every host that has it."""
    for row in tx.all(_HOSTS_OF_NETWORK, network_id=network_id):
        _want_network(tx, row["host_id"], network_id)
        for port in tx.all(_ON_HOST, network_id=network_id, host_id=row["host_id"]):
            want(tx, row["host_id"], "port", port["id"], port_spec(tx, tx.find(ports, port["id"]) or {}))


# ── groups ───────────────────────────────────────────────────────────────────────────────────────────────


def _with_remotes(tx: Tx, groups: Iterable[str]) -> set[str]:
    own = set(groups)
    remotes = tx.all(_REMOTES, groups=list(own)) if own else ()
    return own | {row["remote_group_id"] for row in remotes}


def group_changed(tx: Tx, group_id: str, *, no_longer: Iterable[str] = ()) -> None:
    """Ask anew for a group whose rules have changed; `no_longer` are groups that a removed rule named."""
    hosts = [row["host_id"] for row in tx.all(_HOSTS_IN_GROUP, group_id=group_id)]
    for other in _with_remotes(tx, [group_id]) if hosts else ():
        want_on(tx, hosts, "group", other, group_spec(tx, other))
    for host_id in hosts:
        drop_groups(tx, host_id, no_longer)


def members_changed(tx: Tx, groups: Iterable[str]) -> None:
    """Ask anew for those groups that some rule names, wherever they are: their members are others now."""
    for group_id in sorted(set(groups)):
        hosts = tx.all(_HOSTS_OF_GROUP, group_id=group_id)
        if hosts and tx.one(NAMING, group_id=group_id) is not None:
            want_on(tx, [row["host_id"] for row in hosts], "group", group_id, group_spec(tx, group_id))


def drop_groups(tx: Tx, host_id: str, groups: Iterable[str]) -> None:
    """Take groups, and those their rules name, back from a host where nothing needs them any more."""
    for group_id in _with_remotes(tx, groups):
        if host_id not in {row["host_id"] for row in tx.all(_HOSTS_OF_GROUP, group_id=group_id)}:
            withdraw(tx, host_id, "group", group_id)


# ── seen ─────────────────────────────────────────────────────────────────────────────────────────────────


def heard_port(tx: Tx, host_id: str, id: str, body: Mapping[str, Any]) -> None:
    """Keep what a host says of a port as its status; once it is gone, its addresses are free."""
    if body["state"] == "gone":
        free_left(tx, by=id, on=host_id)
    port = tx.find(ports, id)
    if port is not None and port["host_id"] == host_id:
        tx.change(ports, port, status=status_of(port, body["state"]))


def heard_network(tx: Tx, host_id: str, id: str, body: Mapping[str, Any]) -> None:
    """Keep what a host says of a network as the status of its own port there."""
    if body["state"] == "gone":
        free_left(tx, by=id, on=host_id)
    port = tx.one(_SERVICE_PORT, network_id=id, host_id=host_id)
    if port is not None:
        tx.change(ports, port["id"], status=status_of(port, body["state"]))


def last_seen(tx: Tx, port: Mapping[str, Any]) -> str | None:
    """What a port's host last said of it."""
    row = seen_of(tx, port["host_id"], "port", port["id"]) if port["host_id"] is not None else None
    return None if row is None else row["body"]["state"]
