"""Which networks and ports a new server is to be plugged into, checked before anything is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, exists, or_, select

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.store import Row, Tx
from pileus.kernel.values import Address
from pileus.network.networks.table import networks
from pileus.network.ports.claims import Wish, claims
from pileus.network.ports.picking import is_taken
from pileus.network.ports.table import ADDRESSES_OF, ports
from pileus.network.servers.groups import groups_named
from pileus.network.subnets.table import OF_NETWORK, subnets

_USABLE = (
    select(networks.c.id)
    .where(
        or_(networks.c.project_id == bindparam("project_id"), networks.c.shared.is_(True)),
        or_(networks.c.external.is_(False), networks.c.shared.is_(True)),
        exists().where(subnets.c.network_id == networks.c.id),
    )
    .order_by(networks.c.id)
    .limit(2)
)
Card = dict[str, Any]
"""`network_id`, `port_id`, `fixed_ip`, `tag`: what is to be plugged in; any may be None, but not all."""


def check_requests(
    tx: Tx, who: Caller, given: str | Sequence[Mapping[str, Any]] | None, groups: Sequence[str], *, count: int = 1
) -> list[Card]:
    """The cards of each of `count` new servers of the caller's project.

    `given` is a list of cards; "none"; "auto" (the one network there is, or Invalid); or None (that one, if there is
    one).  Raises Invalid for what cannot be used, Conflict where there is a choice or a port is in use.
    """
    try:
        groups_named(tx, str(who.project_id), groups)
    except Missing as error:
        raise Invalid(error.said) from error
    if given == "none":
        return []
    if given is None or isinstance(given, str):
        return _only_network(tx, who, insist=given is not None)
    named = [one["port_id"] for one in given if one["port_id"] is not None]
    if len(set(named)) < len(named):
        raise Invalid("A port is named more than once.")
    return [_checked(tx, who, one, count) for one in given]


def _only_network(tx: Tx, who: Caller, *, insist: bool) -> list[Card]:
    found = tx.all(_USABLE, project_id=who.project_id)
    if len(found) > 1:
        raise Conflict("Multiple possible networks found, use a Network ID to be more specific.")
    if not found and insist:
        raise Invalid(f"Unable to automatically allocate a network for project {who.project_id}")
    return [{"network_id": row["id"], "port_id": None, "fixed_ip": None, "tag": None} for row in found]


def _checked(tx: Tx, who: Caller, one: Mapping[str, Any], count: int) -> Card:
    if one["port_id"] is not None:
        if count > 1:
            raise Invalid("Unable to launch multiple instances with a single configured port ID.")
        row = _port(tx, who, one["port_id"])
        return {**one, "network_id": row["network_id"]}
    if one["network_id"] is None:
        raise Invalid("A network or a port is wanted.")
    _check_network(tx, who, one["network_id"])
    if one["fixed_ip"] is not None:
        if count > 1:
            raise Invalid("max_count cannot be greater than 1 if an fixed_ip is specified.")
        _check_address(tx, one["network_id"], one["fixed_ip"])
    return dict(one)


def _port(tx: Tx, who: Caller, port_id: str) -> Row:
    row = tx.find(ports, port_id)
    if row is None or (row["project_id"] != who.project_id and not who.is_admin):
        raise Invalid(f"Port id {port_id} could not be found.")
    if row["device_id"]:
        raise Conflict(f"Port {port_id} is still in use.")
    if not tx.all(ADDRESSES_OF, ports=[port_id]):
        raise Invalid(f"Port {port_id} requires a FixedIP in order to be used.")
    return row


def _check_network(tx: Tx, who: Caller, network_id: str) -> None:
    row = tx.find(networks, network_id)
    own = row is not None and (row["project_id"] == who.project_id or row["shared"] or who.is_admin)
    if not own:
        raise Invalid(f"Network {network_id} could not be found.")
    if not tx.all(OF_NETWORK, network_id=network_id):
        raise Invalid(f"Network {network_id} requires a subnet in order to boot instances on.")


def _check_address(tx: Tx, network_id: str, address: str) -> None:
    asked = [Wish(ip_address=str(Address.read(address)))]
    claim = claims(network_id, tx.all(OF_NETWORK, network_id=network_id), "02:00:00:00:00:00", asked)[0]
    if is_taken(tx, claim.subnets[0]["id"], str(claim.address)):
        raise Invalid(f"Fixed IP address {address} is already in use.")
