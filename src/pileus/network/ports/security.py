"""What may pass a port: its security groups, and further addresses it may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Tx
from pileus.network.api import typed
from pileus.network.ports.shape import Port
from pileus.network.security_groups.rules import check_groups
from pileus.network.security_groups.standing import default_group

MOST_PAIRS = 10
"""Further addresses a port may use (the reference's default)."""


def wanted_groups(
    tx: Tx, who: Caller, project_id: str, asked: Port, *, secure: bool, had: Sequence[str] | None = None
) -> list[str]:
    """The groups a port is to be in: those asked for, those it `had`, or a new one the project's default.

    Raises Missing for an unknown group, and Invalid or Conflict where the port lets everything pass.
    """
    if asked.security_groups is UNSET:
        groups = list(had) if had is not None else [default_group(tx, project_id)["id"]] if secure else []
    else:
        groups = check_groups(tx, who, project_id, asked.security_groups or [])
    if groups and not secure:
        if asked.security_groups is UNSET:
            said = (
                "Port has security group associated. Cannot disable port security or IP address "
                "until security group is removed."
            )
            raise typed(Conflict, "PortSecurityPortHasSecurityGroup", said)
        said = "Port security must be enabled and port must have an IP address in order to use security groups."
        raise typed(Invalid, "PortSecurityAndIPRequiredForSecurityGroups", said)
    return groups


def pairs_of(asked: Port, mac: str, *, secure: bool, had: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, str]]:
    """A port's further addresses, each with a MAC (the port's own unless given); raises Invalid or Conflict."""
    if asked.allowed_address_pairs is UNSET:
        pairs = [dict(pair) for pair in had]
    else:
        given = asked.allowed_address_pairs or []
        pairs = [{"ip_address": str(one.ip_address), "mac_address": one.mac_address or mac} for one in given]
    if pairs and not secure:
        said = "Port Security must be enabled in order to have allowed address pairs on a port."
        raise typed(Conflict, "AddressPairAndPortSecurityRequired", said)
    if len({tuple(pair.values()) for pair in pairs}) < len(pairs):
        raise typed(Invalid, "DuplicateAddressPairInRequest", "Request contains duplicate address pair.")
    if len(pairs) > MOST_PAIRS:
        said = f"The number of allowed address pair exceeds the maximum {MOST_PAIRS}."
        raise typed(Invalid, "AllowedAddressPairExhausted", said)
    return pairs
