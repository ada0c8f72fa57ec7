"""Whether a security group rule says something that can be done, and which rules say the same; pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from pileus.kernel.errors import Invalid, Refusal
from pileus.network.api import typed
from pileus.network.security_group_rules.protocols import ICMP, NUMBERS, PORTED, number_of
from pileus.network.security_group_rules.shape import SecurityGroupRule

_FAMILIES = {"ipv4": "IPv4", "ipv6": "IPv6"}
_ANY = ("any", "")
_IPV6_ONLY = frozenset(name for name in NUMBERS if "ipv6" in name or name == "icmpv6")


def canonical(asked: SecurityGroupRule) -> dict[str, Any]:
    """The rule as it is kept; raises Invalid."""
    family = _FAMILIES.get(asked.ethertype.lower())
    if family is None:
        raise _no("InvalidEtherType", f"Security group rule for ethertype '{asked.ethertype}' not supported.")
    if asked.direction not in ("ingress", "egress"):
        raise _no("InvalidDirection", f"Security group rule direction '{asked.direction}' not supported.")
    if asked.remote_group_id and asked.remote_ip_prefix:
        raise _no("RemoteGroupAndRemoteIpPrefix", "Only remote_ip_prefix or remote_group_id may be provided.")
    protocol = _protocol(asked.protocol, family)
    _check_range(number_of(protocol, family), asked.port_range_min, asked.port_range_max)
    return {
        "direction": asked.direction,
        "ethertype": family,
        "protocol": protocol,
        "port_range_min": asked.port_range_min,
        "port_range_max": asked.port_range_max,
        "remote_group_id": asked.remote_group_id or None,
        **_prefix(asked.remote_ip_prefix, family),
    }


def meaning(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a rule lets pass; two rules of a group that mean the same are one too many."""
    cidr = rule["normalized_cidr"]
    return (
        rule["direction"],
        rule["ethertype"],
        number_of(rule["protocol"], rule["ethertype"]),
        rule["port_range_min"],
        rule["port_range_max"],
        rule["remote_group_id"],
        None if cidr in ("0.0.0.0/0", "::/0") else cidr,
    )


def _protocol(given: str | int | None, family: str) -> str | None:
    """The protocol by the name or number it was given by; ICMP of IPv6 has a name of its own."""
    name = None if given is None else str(given).lower()
    if name is None or name in _ANY:
        return None
    if number_of(name, family) is None:
        said = (
            f"Security group rule protocol '{given}' not supported. Only protocol values "
            f"[{', '.join(sorted(NUMBERS))}] and integer representations [0 to 255] are supported."
        )
        raise _no("InvalidProtocol", said)
    if name in _IPV6_ONLY and family == "IPv4":
        said = f"Invalid ethertype IPv4 for protocol {given}."
        raise _no("EthertypeConflictWithProtocol", said)
    if family == "IPv6" and name in ("icmp", "icmpv6"):
        return "ipv6-icmp"
    return "58" if family == "IPv6" and name == "1" else name


def _check_range(number: int | None, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    if number is None:
        raise _no("ProtocolRequiredWithPorts", "Must also specify protocol if port range is given.")
    if number in PORTED:
        _check_ports(low, high)
    elif number in ICMP:
        _check_icmp(low, high)
    else:
        raise _no(
            "InvalidProtocolForPort",
            f"Invalid protocol {number} for port range, only TCP, UDP and the like have ports.",
        )


def _check_ports(low: int | None, high: int | None) -> None:
    for port in (low, high):
        if port is not None and not 1 <= port <= 65535:
            raise _no("InvalidPortValue", f"Invalid value for port {port}")
    if low is None or high is None or low > high:
        said = "For TCP/UDP protocols, port_range_min must be <= port_range_max"
        raise _no("InvalidPortRange", said)


def _check_icmp(kind: int | None, code: int | None) -> None:
    for name, attribute, value in (("type", "port_range_min", kind), ("code", "port_range_max", code)):
        if value is not None and not 0 <= value <= 255:
            said = f"Invalid value for ICMP {name} ({attribute}) {value}. It must be 0 to 255."
            raise _no("InvalidIcmpValue", said)
    if kind is None:
        said = f"ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is missing."
        raise _no("MissingIcmpType", said)


def _prefix(given: str | None, family: str) -> dict[str, str | None]:
    """The remote range as it was given, and as the network it lies in."""
    if given is None:
        return {"remote_ip_prefix": None, "normalized_cidr": None}
    try:
        if "%" in given:
            raise ValueError
        found = ipaddress.ip_interface(given)
    except ValueError as error:
        raise _no("InvalidRemoteIpPrefix", f"Invalid remote_ip_prefix '{given}'.") from error
    if f"IPv{found.version}" != family:
        said = f"Conflicting value ethertype {family} for CIDR {given}"
        raise _no("ParameterConflict", said)
    return {"remote_ip_prefix": str(found), "normalized_cidr": str(found.network)}


def _no(kind: str, said: str) -> Refusal:
    return typed(Invalid, f"SecurityGroupRule{kind}", said)
