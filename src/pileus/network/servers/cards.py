"""The network cards of a server: ports made for it or given to it, until it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pileus.fleet import host_of
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.store import Row, Tx
from pileus.kernel.values import Address
from pileus.network.networks.table import networks
from pileus.network.ports.claims import Wish
from pileus.network.ports.making import give_addresses, make_port
from pileus.network.ports.states import status_of
from pileus.network.ports.table import ADDRESSES_OF, GROUPS_OF, ports
from pileus.network.quotas import take
from pileus.network.security_groups.standing import default_group
from pileus.network.servers import told
from pileus.network.servers.choosing import Card
from pileus.network.servers.groups import groups_named
from pileus.network.servers.table import PORTS_OF
from pileus.network.standard import changed, touched
from pileus.network.wants import drop, members_changed, plug
from pileus.network.wants import unplug as take_from_host

Server = Mapping[str, Any]
"""A server as Compute has it; `id`, `project_id` and `hostname` are read here."""


def make_ports(
    tx: Tx, server: Server, host_id: str, *, cards: Sequence[Card] | None = None, groups: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Plug a server into what `check_requests` has chosen, on its host; returns its new cards as `nics_of` does.

    `cards` and `groups` are those kept in `server["asked"]` unless given; ports that are given keep their own groups.
    Raises OverQuota, Conflict where an address or port was taken meanwhile, Invalid where one is gone.
    """
    cards = server["asked"]["ports"] if cards is None else cards
    groups = server["asked"]["groups"] if groups is None else groups
    host = host_of(tx, host_id)
    first = len(tx.all(PORTS_OF, server_id=server["id"]))
    joined: set[str] = set()
    made = []
    for slot, card in enumerate(cards, first):
        bound = {**_bound(server, host, slot), "device_tag": card["tag"]}
        if card["port_id"] is not None:
            row = _given(tx, card["port_id"], bound)
        else:
            own = _groups(tx, server, card, groups)
            row = _made(tx, server, card, own, bound)
            joined.update(own)
        made.append(row["id"])
    members_changed(tx, joined)
    for port_id in made:
        plug(tx, tx.find(ports, port_id) or {})
    return [one for one in told.nics_of(tx, server["id"]) if one["id"] in made]


def bind(tx: Tx, port_id: str, host_id: str, server: Server) -> None:
    """Move a port to a host for a server; the host it was on is asked to let go."""
    port = tx.find(ports, port_id)
    if port is None:
        raise Missing(f"Port {port_id} could not be found.")
    _leave_host(tx, port, **_bound(server, host_of(tx, host_id), port["slot"]))
    plug(tx, tx.find(ports, port_id) or {})


def release(tx: Tx, server_id: str) -> None:
    """Take all its ports from a server: those made for it are removed, those given to it are free again."""
    for port in tx.all(PORTS_OF, server_id=server_id):
        _release(tx, port)


def unplug(tx: Tx, server_id: str, port_id: str) -> None:
    """Take one port from a server; nothing happens where it is not the server's."""
    for port in tx.all(PORTS_OF, server_id=server_id):
        if port["id"] == port_id:
            _release(tx, port)


def add_address(tx: Tx, server_id: str, network_id: str) -> None:
    """Give a server one more address on one of its networks; raises Missing, or Conflict where none is free."""
    for port in tx.all(PORTS_OF, server_id=server_id):
        if port["network_id"] == network_id:
            held = tx.all(ADDRESSES_OF, ports=[port["id"]])
            kept = [Wish(row["subnet_id"], row["address"]) for row in held]
            _readdress(tx, port, [*kept, Wish(held[0]["subnet_id"])] if held else None)
            return
    raise Missing(f"Network {network_id} is not one of the instance's.")


def remove_address(tx: Tx, server_id: str, address: str) -> None:
    """Take an address from a server; raises Missing where it does not have it."""
    wanted = str(Address.read(address))
    for port in tx.all(PORTS_OF, server_id=server_id):
        held = tx.all(ADDRESSES_OF, ports=[port["id"]])
        if wanted in [row["address"] for row in held]:
            _readdress(tx, port, [Wish(row["subnet_id"], row["address"]) for row in held if row["address"] != wanted])
            return
    raise Missing(f"Instance does not have fixed IP {address}.")


def _readdress(tx: Tx, port: Row, asked: list[Wish] | None) -> None:
    give_addresses(tx, port, asked)
    touched(tx, ports, port)
    plug(tx, port)
    members_changed(tx, [row["group_id"] for row in tx.all(GROUPS_OF, ports=[port["id"]])])


def _bound(server: Server, host: Mapping[str, Any], slot: int) -> dict[str, Any]:
    return {
        "device_id": server["id"],
        "device_owner": f"compute:{host['zone']}",
        "host_id": host["id"],
        "binding_host": host["name"],
        "vif_type": "bridge",
        "hostname": server["hostname"],
        "slot": slot,
    }


def _given(tx: Tx, port_id: str, bound: Mapping[str, Any]) -> Row:
    port = tx.find(ports, port_id)
    if port is None:
        raise Invalid(f"Port id {port_id} could not be found.")
    if port["device_id"] not in ("", bound["device_id"]):
        raise Conflict(f"Port {port_id} is still in use.")
    changed(tx, ports, port, status=status_of({**port, **bound}, None), **bound)
    return port


def _made(tx: Tx, server: Server, card: Card, groups: Sequence[str], bound: Mapping[str, Any]) -> Row:
    network = tx.find(networks, card["network_id"])
    if network is None:
        raise Invalid(f"Network {card['network_id']} could not be found.")
    take(tx, server["project_id"], "port")
    asked = None if card["fixed_ip"] is None else [Wish(ip_address=str(Address.read(card["fixed_ip"])))]
    return make_port(
        tx,
        network["id"],
        asked=asked,
        groups=groups,
        project_id=server["project_id"],
        port_security_enabled=network["port_security_enabled"],
        made_for_server=True,
        **bound,
    )


def _groups(tx: Tx, server: Server, card: Card, groups: Sequence[str]) -> list[str]:
    network = tx.find(networks, card["network_id"])
    if network is None or not network["port_security_enabled"]:
        return []
    return groups_named(tx, server["project_id"], groups) or [default_group(tx, server["project_id"])["id"]]


def _release(tx: Tx, port: Row) -> None:
    if port["made_for_server"]:
        drop(tx, port)
        return
    free = {"device_id": "", "device_owner": "", "host_id": None, "binding_host": "", "vif_type": "unbound"}
    _leave_host(tx, port, **free, hostname="", slot=0, device_tag=None)


def _leave_host(tx: Tx, port: Row, **values: Any) -> None:
    """Change where a port is, and ask the host it was on to let go of it."""
    changed(tx, ports, port, status=status_of({**port, **values}, None), **values)
    if port["host_id"] not in (None, values["host_id"]):
        groups = [row["group_id"] for row in tx.all(GROUPS_OF, ports=[port["id"]])]
        take_from_host(tx, port["host_id"], port, groups)
