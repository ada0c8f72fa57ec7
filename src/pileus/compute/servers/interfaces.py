"""A server's network cards: plugged, unplugged, and given further addresses, while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pileus import network
from pileus.compute.api import compute
from pileus.compute.servers.find import one_server
from pileus.compute.servers.guard import check_status, check_unlocked
from pileus.compute.servers.power import ACTION
from pileus.compute.servers.shape import Tag
from pileus.compute.servers.workflows import PlugPort, UnplugPort
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.store import Row, Tx
from pileus.kernel.values import Address, Uuid
from pileus.kernel.workflow import begin

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class FixedAddress(msgspec.Struct, forbid_unknown_fields=True):
    """An address a card is to have."""

    ip_address: Address


class Interface(Resource, one="interfaceAttachment", many="interfaceAttachments"):
    """A card: the port behind it."""

    port_id: Uuid = given("create", default=UNSET) | shown()
    net_id: Uuid = given("create", default=UNSET) | shown()
    fixed_ips: list[Any] = given("create", list[FixedAddress], default=UNSET) | shown()
    tag: Tag | None = given("create", default=UNSET, since="2.49") | shown(since="2.70")
    mac_addr: str = shown()
    port_state: str = shown()


class AddFixedIp(Resource, one="addFixedIp"):
    """The network to give a further address of."""

    network_id: str = given("do", wire="networkId")


class RemoveFixedIp(Resource, one="removeFixedIp"):
    """The address to take away."""

    address: Address = given("do")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-attach-interfaces:"
PLUGGABLE = ("active", "paused", "stopped")


def one_card(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The server a path names, with one of its ports; raises Missing."""
    server = one_server(tx, who, path, asked)
    for nic in network.nics_of(tx, server["id"]):
        if nic["id"] == path["port_id"]:
            return {**server, "nic": nic}
    raise Missing(f"Port {path['port_id']} could not be found on server {server['id']}.")


def told(nic: Mapping[str, Any]) -> dict[str, Any]:
    """A port as a card."""
    return {
        "port_id": nic["id"],
        "net_id": nic["network_id"],
        "mac_addr": nic["mac_address"],
        "port_state": nic["status"],
        "fixed_ips": nic["fixed_ips"],
        "tag": nic.get("tag"),
    }


def _request(asked: Interface) -> dict[str, Any]:
    wished = [] if asked.fixed_ips is UNSET else asked.fixed_ips
    if wished and asked.net_id is UNSET:
        raise Invalid("Must input network_id when request IP address")
    if asked.port_id is not UNSET and asked.net_id is not UNSET:
        raise Invalid("Must not input both network_id and port_id")
    return {
        "port_id": None if asked.port_id is UNSET else str(asked.port_id),
        "network_id": None if asked.net_id is UNSET else str(asked.net_id),
        "fixed_ip": str(wished[0].ip_address) if wished else None,
        "tag": None if asked.tag is UNSET else asked.tag,
    }


def _plugged(tx: Tx, who: Caller, server: Row, request: Mapping[str, Any]) -> dict[str, Any]:
    """A port for a server's new card; raises what the choice of network raises."""
    named = request["port_id"] is not None or request["network_id"] is not None
    cards = network.check_requests(tx, who, [request] if named else "auto", [])
    return network.make_ports(tx, server, server["host_id"], cards=cards, groups=[])[0]


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/servers/{server_id}/os-interface"


@compute.route(f"GET {PATH}", Interface, "list", rule=RULE + "list", of=one_server)
def list_cards(tx: Tx, who: Caller, target: Row, asked: Interface) -> list[dict[str, Any]]:
    """All cards."""
    return [told(nic) for nic in network.nics_of(tx, target["id"])]


@compute.route(f"GET {PATH}/{{port_id}}", Interface, "show", rule=RULE + "show", of=one_card)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Interface) -> dict[str, Any]:
    """One card."""
    return told(target["nic"])


@compute.route(f"POST {PATH}", Interface, "create", rule=RULE + "create", of=one_server, view="show")
def plug(tx: Tx, who: Caller, target: Row, asked: Interface) -> dict[str, Any]:
    """Give a server a card: on a port, on a new port of a network, or on the project's only network."""
    check_unlocked(who, target)
    check_status(target, "attach_interface", *PLUGGABLE)
    nic = _plugged(tx, who, target, _request(asked))
    begin(tx, PlugPort(server_id=target["id"], port_id=nic["id"]))
    return told(nic)


@compute.route(f"DELETE {PATH}/{{port_id}}", Nothing, rule=RULE + "delete", of=one_card, code=202)
def unplug(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take a card away."""
    check_unlocked(who, target)
    check_status(target, "detach_interface", *PLUGGABLE)
    begin(tx, UnplugPort(server_id=target["id"], port_id=target["nic"]["id"]))


@compute.route(
    ACTION + "addFixedIp", AddFixedIp, rule="os_compute_api:os-multinic:add", of=one_server, code=202, until="2.44"
)
def add_address(tx: Tx, who: Caller, target: Row, asked: AddFixedIp) -> None:
    """Give a server's card on a network a further address."""
    check_unlocked(who, target)
    network.add_address(tx, target["id"], asked.network_id)


@compute.route(
    ACTION + "removeFixedIp",
    RemoveFixedIp,
    rule="os_compute_api:os-multinic:remove",
    of=one_server,
    code=202,
    until="2.44",
)
def remove_address(tx: Tx, who: Caller, target: Row, asked: RemoveFixedIp) -> None:
    """Take an address away from a server's cards."""
    check_unlocked(who, target)
    network.remove_address(tx, target["id"], asked.address)
