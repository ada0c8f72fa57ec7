"""Make and remove ports: the row, its MAC, its addresses, its groups.  Nothing is said to hosts here."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from pileus.kernel.errors import Conflict, Refusal
from pileus.kernel.store import Row, Tx
from pileus.network.api import typed
from pileus.network.ports.claims import Asked, Claim, Wish, claims
from pileus.network.ports.picking import is_taken, number_of, pick
from pileus.network.ports.states import status_of
from pileus.network.ports.table import ADDRESSES_OF, GROUPS_OF, addresses, memberships, ports
from pileus.network.settings import NetworkSettings
from pileus.network.standard import made
from pileus.network.subnets.modes import is_by_mac
from pileus.network.subnets.table import OF_NETWORK

_MAC = select(ports.c.id).where(
    ports.c.network_id == bindparam("network_id"), ports.c.mac_address == bindparam("mac_address")
)
_LEFT = select(addresses).where(addresses.c.left_on == bindparam("host_id"))
_IN_SUBNET = select(addresses).where(addresses.c.subnet_id == bindparam("subnet_id"))


def make_port(
    tx: Tx, network_id: str, *, asked: Asked = None, mac: str | None = None, groups: Sequence[str] = (), **values: Any
) -> dict[str, Any]:
    """A new port with its addresses and groups; raises Conflict where what it asks for is taken or used up."""
    mac = chosen_mac(tx, network_id, mac)
    values = {"name": "", "profile": {}, "host_id": None, "admin_state_up": True, **values}
    row = made(tx, ports, network_id=network_id, mac_address=mac, status=status_of(values, None), **values)
    for place, claim in enumerate(_claims(tx, row, asked)):
        _take(tx, row, claim, place)
    for group_id in dict.fromkeys(groups):
        tx.insert(memberships, port_id=row["id"], group_id=group_id)
    return row


def chosen_mac(tx: Tx, network_id: str, mac: str | None) -> str:
    """The MAC a port is to have: the one asked for, or one nobody on the network has; raises Conflict."""
    if mac is not None:
        if tx.one(_MAC, network_id=network_id, mac_address=mac) is not None:
            said = f"Unable to complete operation for network {network_id}. The mac address {mac} is in use."
            raise typed(Conflict, "MacAddressInUse", said)
        return mac
    prefix = tx.part(NetworkSettings).mac_prefix
    while True:
        found = prefix + "".join(f":{random.randrange(256):02x}" for _ in range(3))
        if tx.one(_MAC, network_id=network_id, mac_address=found) is None:
            return found


def give_addresses(tx: Tx, port: Row, asked: Asked) -> bool:
    """Let a port have the addresses asked for; it keeps those of its own that fit.  Whether any changed."""
    had = {row["address"]: row for row in tx.all(ADDRESSES_OF, ports=[port["id"]])}
    wanted = _claims(tx, port, asked)
    kept: dict[int, Row] = {}
    for place, claim in sorted(enumerate(wanted), key=lambda one: one[1].address is None):
        held = next((address for address, row in had.items() if _fits(row, claim)), None)
        if held is not None:
            kept[place] = had.pop(held)
    for row in had.values():
        tx.remove(addresses, row)
    for place, claim in enumerate(wanted):
        if place in kept:
            tx.change(addresses, kept[place], place=place)
        else:
            _take(tx, port, claim, place)
    return bool(had) or len(kept) < len(wanted)


def follow_mac(tx: Tx, port: Row) -> bool:
    """Give a port the addresses that its MAC makes in its network's subnets as they are now, beside its others."""
    made_by_mac = {row["id"] for row in tx.all(OF_NETWORK, network_id=port["network_id"]) if is_by_mac(row)}
    held = [row for row in tx.all(ADDRESSES_OF, ports=[port["id"]]) if row["subnet_id"] not in made_by_mac]
    return give_addresses(tx, port, [Wish(row["subnet_id"], row["address"]) for row in held])


def _claims(tx: Tx, port: Row, asked: Asked) -> Sequence[Claim]:
    subnets = tx.all(OF_NETWORK, network_id=port["network_id"])
    return claims(port["network_id"], subnets, port["mac_address"], asked)


def _fits(row: Row, claim: Claim) -> bool:
    if claim.address is not None:
        return bool(row["address"] == claim.address and row["subnet_id"] == claim.subnets[0]["id"])
    return row["subnet_id"] in [subnet["id"] for subnet in claim.subnets]


def _take(tx: Tx, port: Row, claim: Claim, place: int) -> None:
    for subnet in claim.subnets:
        address = claim.address or pick(tx, subnet)
        if address is not None:
            if claim.address is not None and is_taken(tx, subnet["id"], address):
                said = f"IP address {address} already allocated in subnet {subnet['id']}"
                raise typed(Conflict, "IpAddressAlreadyAllocated", said)
            _insert(tx, port, subnet["id"], address, place)
            return
    raise used_up(port["network_id"])


def _insert(tx: Tx, port: Row, subnet_id: str, address: str, place: int) -> None:
    tx.insert(
        addresses, subnet_id=subnet_id, number=number_of(address), address=address, port_id=port["id"], place=place
    )


def used_up(network_id: str) -> Refusal:
    """That no address is left."""
    return typed(Conflict, "IpAddressGenerationFailure", f"No more IP addresses available on network {network_id}.")


def set_groups(tx: Tx, port_id: str, groups: Sequence[str]) -> set[str]:
    """Let a port be in exactly these groups; returns those it joined or left."""
    had = {row["group_id"]: row for row in tx.all(GROUPS_OF, ports=[port_id])}
    for group_id in set(had) - set(groups):
        tx.remove(memberships, had[group_id])
    for group_id in dict.fromkeys(groups):
        if group_id not in had:
            tx.insert(memberships, port_id=port_id, group_id=group_id)
    return set(had) ^ set(groups)


def remove_port(tx: Tx, port: Mapping[str, Any], *, left: tuple[str, str] | None = None) -> set[str]:
    """Remove a port and return the groups it was in.

    `left` is who still has its addresses: what a host is to let go of, and that host.  They stay taken until then.
    """
    groups = set_groups(tx, port["id"], ())
    for row in tx.all(ADDRESSES_OF, ports=[port["id"]]):
        if left is None:
            tx.remove(addresses, row)
        else:
            tx.change(addresses, row, port_id=None, left_by=left[0], left_on=left[1])
    tx.remove(ports, port["id"])
    return groups


def free_left(tx: Tx, *, by: str | None = None, on: str) -> None:
    """A host has let go of something, or (without `by`) is no more: the addresses left there are free."""
    for row in tx.all(_LEFT, host_id=on):
        if by in (None, row["left_by"]):
            tx.remove(addresses, row)


def clear_subnet(tx: Tx, subnet_id: str) -> set[str]:
    """Free every address of a subnet that goes; returns the ports that had one."""
    rows = tx.all(_IN_SUBNET, subnet_id=subnet_id)
    for row in rows:
        tx.remove(addresses, row)
    return {row["port_id"] for row in rows if row["port_id"] is not None}
