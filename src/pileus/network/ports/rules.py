"""What may be asked of ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select

from pileus.fleet import host_named
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.network.api import network, typed
from pileus.network.listing import Collection, Rows, any_of, chosen
from pileus.network.networks.rules import NETWORKS
from pileus.network.networks.table import networks
from pileus.network.ports.making import chosen_mac, follow_mac, give_addresses, make_port, set_groups
from pileus.network.ports.security import pairs_of, wanted_groups
from pileus.network.ports.shape import Port
from pileus.network.ports.states import status_of, vif_type_of
from pileus.network.ports.table import ADDRESSES_OF, GROUPS_OF, ROWS, SERVICE, addresses, memberships, ports
from pileus.network.quotas import take
from pileus.network.standard import changed, insist, owner_of, touched
from pileus.network.wants import drop, last_seen, members_changed, plug

_FILTER = {"port_filter": True}


def _with_addresses(tx: Tx, rows: Rows) -> Rows:
    """Rows with their addresses, groups, and what their network card is told."""
    fixed: dict[str, list[dict[str, str]]] = {row["id"]: [] for row in rows}
    groups: dict[str, list[str]] = {row["id"]: [] for row in rows}
    for one in tx.all(ADDRESSES_OF, ports=list(fixed)) if rows else ():
        fixed[one["port_id"]].append({"subnet_id": one["subnet_id"], "ip_address": one["address"]})
    for one in tx.all(GROUPS_OF, ports=list(groups)) if rows else ():
        groups[one["port_id"]].append(one["group_id"])
    return [
        {
            **row,
            "fixed_ips": fixed[row["id"]],
            "security_groups": groups[row["id"]],
            "vif_details": _FILTER if row["vif_type"] == "bridge" else {},
        }
        for row in rows
    ]


def _with_address(values: list[str]) -> ColumnElement[bool]:
    """Ports that have an address of which all is true: `ip_address=…`, `subnet_id=…`, `ip_address_substr=…`."""
    wanted: dict[str, list[str]] = {}
    for value in values:
        name, _, given = value.partition("=")
        wanted.setdefault(name, []).append(given)
    found = select(addresses.c.port_id)
    for name, given_values in wanted.items():
        if name == "ip_address":
            found = found.where(any_of(addresses.c.address, given_values))
        elif name == "subnet_id":
            found = found.where(any_of(addresses.c.subnet_id, given_values))
        elif name == "ip_address_substr":
            found = found.where(*(addresses.c.address.contains(one, autoescape=True) for one in given_values))
        else:
            raise typed(Invalid, "HTTPBadRequest", f"['fixed_ips.{name}'] is invalid attribute for filtering")
    return ports.c.id.in_(found)


def _in_groups(values: list[str]) -> ColumnElement[bool]:
    return ports.c.id.in_(select(memberships.c.port_id).where(any_of(memberships.c.group_id, values)))


PORTS = Collection(
    what="Port",
    sentence="Port {} could not be found.",
    table=ports,
    rows=ROWS,
    rule="get_port",
    ways={"project_id": ports.c.project_id, "network:project_id": networks.c.project_id},
    filters={"fixed_ips": _with_address, "security_groups": _in_groups},
    complete=_with_addresses,
)
one_port = PORTS.finder("port_id")


def _on_network(tx: Tx, who: Caller, path: Mapping[str, str], asked: Port) -> Mapping[str, Any]:
    """The network a new port is for, as the policy's target; raises Missing for one the caller does not know."""
    found = NETWORKS.known(tx, who, asked.network_id)
    owner = owner_of(who, asked)
    return {
        "project_id": owner,
        "tenant_id": owner,
        "network:project_id": found["project_id"],
        "shared": found["shared"],
        "network": found,
    }


def _check_nested(who: Caller, verb: str, target: Mapping[str, Any], asked: Port) -> None:
    """Raise Forbidden for an address or an owner that policy does not let the caller choose."""
    for one in () if asked.fixed_ips is UNSET else asked.fixed_ips:
        for name in ("ip_address", "subnet_id"):
            if getattr(one, name) is not None:
                insist(who, f"{verb}_port:fixed_ips:{name}", target)
    if asked.device_owner is not UNSET:
        insist(who, f"{verb}_port:device_owner", {**target, "device_owner": asked.device_owner})


def _binding(tx: Tx, asked: Port) -> dict[str, Any]:
    """What is kept of the host that somebody names for a port; only Compute makes hosts plug it in."""
    if asked.binding_host is UNSET:
        return {}
    host = asked.binding_host or ""
    known = bool(host) and host_named(tx, host) is not None
    return {"binding_host": host, "vif_type": vif_type_of(host=host, known=known)}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not UNSET}


def _refuse_service(target: Mapping[str, Any]) -> None:
    if target["device_owner"] == SERVICE and target["host_id"] is not None:
        said = (
            f"Port {target['id']} cannot be changed or deleted directly via the port API: "
            "from it a host serves the network."
        )
        raise typed(Conflict, "ServicePortInUse", said)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /ports", Port, "list")
def list_ports(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Port) -> Answer:
    """The ports of a caller, and those on its networks."""
    return PORTS.listed(tx, who, asked)


@network.route("POST /ports", Port, "create", rule="create_port", of=_on_network, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Port) -> Mapping[str, Any]:
    """Make a port: with an address of either family, and in the default group, unless told otherwise."""
    _check_nested(who, "create", target, asked)
    owner, on = target["project_id"], target["network"]
    take(tx, owner, "port")
    device_owner = "" if asked.device_owner is UNSET else asked.device_owner
    secure = on["port_security_enabled"] if asked.port_security_enabled is UNSET else asked.port_security_enabled
    groups = wanted_groups(tx, who, owner, asked, secure=secure and not device_owner.startswith("network:"))
    mac = chosen_mac(tx, on["id"], None if asked.mac_address is UNSET else asked.mac_address)
    row = make_port(
        tx,
        on["id"],
        asked=None if asked.fixed_ips is UNSET else asked.fixed_ips,
        mac=mac,
        groups=groups,
        project_id=owner,
        name=asked.name,
        description=asked.description,
        admin_state_up=asked.admin_state_up,
        device_owner=device_owner,
        port_security_enabled=secure,
        allowed_address_pairs=pairs_of(asked, mac, secure=secure),
        **_given(device_id=asked.device_id, tags=asked.tags),
        **({} if asked.profile in (UNSET, None) else {"profile": asked.profile}),
        **_binding(tx, asked),
    )
    members_changed(tx, groups)
    return PORTS.one(tx, row["id"])


@network.route("GET /ports/{port_id}", Port, "show", rule="get_port", of=one_port)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Port) -> Answer:
    """One port."""
    return Answer(target, only=chosen(asked))


@network.route("PUT /ports/{port_id}", Port, "update", rule="update_port", of=one_port)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Port) -> Mapping[str, Any]:
    """Change a port; its host and those of its groups follow."""
    _refuse_service(target)
    _check_nested(who, "update", target, asked)
    before = set(target["security_groups"])
    mac = _new_mac(tx, target, asked)
    secure = target["port_security_enabled"] if asked.port_security_enabled is UNSET else asked.port_security_enabled
    groups = wanted_groups(tx, who, target["project_id"], asked, secure=secure, had=target["security_groups"])
    pairs = pairs_of(asked, mac, secure=secure, had=target["allowed_address_pairs"])
    new = changed(
        tx,
        ports,
        target,
        name=asked.name,
        description=asked.description,
        admin_state_up=asked.admin_state_up,
        device_id=asked.device_id,
        device_owner=asked.device_owner,
        port_security_enabled=secure,
        allowed_address_pairs=pairs,
        mac_address=mac,
        profile=UNSET if asked.profile is UNSET else asked.profile or {},
        **_binding(tx, asked),
    )
    row = PORTS.bare(tx, target["id"])
    moved = _readdressed(tx, row, target, asked)
    regrouped = set_groups(tx, target["id"], groups)
    if not new and (moved or regrouped):
        touched(tx, ports, row)
    tx.change(ports, row["id"], status=status_of(row, last_seen(tx, row)))
    plug(tx, row, left=regrouped)
    members_changed(tx, regrouped | (before if moved or pairs != target["allowed_address_pairs"] else set()))
    return PORTS.one(tx, target["id"])


def _new_mac(tx: Tx, target: Mapping[str, Any], asked: Port) -> str:
    """The MAC a port is to have from now on; raises Conflict where a host has it plugged in, or it is taken."""
    if asked.mac_address in (UNSET, target["mac_address"]):
        return str(target["mac_address"])
    if target["host_id"] is not None:
        said = f"Unable to complete operation on port {target['id']}, port is already bound."
        raise typed(Conflict, "PortBound", said)
    return chosen_mac(tx, target["network_id"], asked.mac_address)


def _readdressed(tx: Tx, row: Mapping[str, Any], before: Mapping[str, Any], asked: Port) -> bool:
    """Give the port the addresses asked for, or those that go with its new MAC; whether any changed."""
    if asked.fixed_ips is not UNSET:
        return give_addresses(tx, row, asked.fixed_ips)
    return row["mac_address"] != before["mac_address"] and follow_mac(tx, row)


@network.route("DELETE /ports/{port_id}", Port, "delete", rule="delete_port", of=one_port, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Port) -> None:
    """Remove a port; its addresses are free once its host has let go."""
    _refuse_service(target)
    drop(tx, target)
