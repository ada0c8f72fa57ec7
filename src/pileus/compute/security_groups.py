"""Security groups and their rules as callers before 2.36 manage them here: those of the network service."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from pileus import network
from pileus.compute.api import compute
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.store import Store, Tx
from pileus.kernel.values import Count, Flag, Name, Text, Whole

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class SecurityGroup(Resource, one="security_group", many="security_groups"):
    """What may come in to the ports that are in it; what goes out, this API does not know."""

    id: str = shown()
    name: Name = given("create update") | shown()
    description: Text = given("create update", default="") | shown()
    tenant_id: str = shown()
    rules: list[dict[str, Any]] = shown()
    all_tenants: Flag = given("list", default=False)
    limit: Count = given("list", default=UNSET)
    offset: Count = given("list", default=0)


class SecurityGroupRule(Resource, one="security_group_rule"):
    """One line of a group."""

    id: str = shown()
    parent_group_id: Name = given("create") | shown()
    ip_protocol: str | None = given("create", default=None) | shown()
    from_port: Whole | None = given("create", default=None) | shown()
    to_port: Whole | None = given("create", default=None) | shown()
    cidr: str | None = given("create", default=None)
    group_id: str | None = given("create", default=None)
    ip_range: dict[str, str] = shown()
    group: dict[str, str] = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_OPEN_PORTS = {"tcp": (1, 65535), "udp": (1, 65535)}
"""What a rule without ports is told as; -1 where the protocol has none."""


def told(group: Mapping[str, Any]) -> dict[str, Any]:
    """A group in this API's words."""
    lines = [told_rule(rule) for rule in group["rules"] if rule["direction"] == "ingress"]
    named = {"id": group["id"], "name": group["name"], "description": group["description"]}
    return {**named, "tenant_id": group["project_id"], "rules": lines}


def told_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule in this API's words."""
    anywhere = "0.0.0.0/0" if rule["ethertype"] == "IPv4" else "::/0"
    remote, protocol = rule["remote_group"], rule["protocol"]
    low, high = rule["port_range_min"], rule["port_range_max"]
    if protocol and low is None:
        low, high = _OPEN_PORTS.get(protocol, (-1, -1))
    return {
        "id": rule["id"],
        "parent_group_id": rule["security_group_id"],
        "ip_protocol": protocol,
        "from_port": low,
        "to_port": high,
        "ip_range": {} if remote else {"cidr": rule["remote_ip_prefix"] or anywhere},
        "group": {"name": remote["name"], "tenant_id": remote["project_id"]} if remote else {},
    }


def with_default_group(store: Store, who: Caller, asked: SecurityGroup) -> None:
    """Before a list: the caller's project has a default group."""
    network.have_default_group(store, who.project_id)


def one_group(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The group a path names; raises Missing."""
    return network.own_group(tx, who, path["group_id"])


def _line(asked: SecurityGroupRule) -> network.Line:
    """What is asked, as the network service has it: -1 is any port, and without an origin all may come."""
    if asked.cidr and asked.group_id:
        raise Invalid("A rule lets in a range of addresses or a group, not both.")
    protocol = asked.ip_protocol.lower() if asked.ip_protocol else None
    low, high = (None if port == -1 else port for port in (asked.from_port, asked.to_port))
    if protocol is None and (low, high) != (None, None):
        raise Invalid("Ports are given without an IP protocol.")
    prefix = None if asked.group_id else asked.cidr or "0.0.0.0/0"
    family = "IPv6" if prefix and _is_six(prefix) else "IPv4"
    return network.Line(asked.parent_group_id, protocol, low, high, prefix, asked.group_id, family)


def _is_six(cidr: str) -> bool:
    try:
        return ipaddress.ip_interface(cidr).version == 6
    except ValueError as error:
        raise Invalid(f"Invalid cidr {cidr}.") from error


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-security-groups:"
PATH = "/os-security-groups/{group_id}"
UNTIL = "2.36"


@compute.route(
    "GET /os-security-groups", SecurityGroup, "list", rule=RULE + "get", until=UNTIL, prepare=with_default_group
)
def list_groups(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> list[dict[str, Any]]:
    """The groups of the caller's project; an administrator's, if it asks so, are everybody's."""
    found = network.own_groups(tx, None if asked.all_tenants and who.is_admin else str(who.project_id))
    end = None if asked.limit is UNSET else asked.offset + asked.limit
    return [told(group) for group in found[asked.offset : end]]


@compute.route("POST /os-security-groups", SecurityGroup, "create", rule=RULE + "create", until=UNTIL)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> dict[str, Any]:
    """Make a group that lets nothing in."""
    if who.project_id is None:
        raise Invalid("A security group belongs to a project: the token is scoped to none.")
    return told(network.make_group(tx, who, asked.name, asked.description))


@compute.route(f"GET {PATH}", SecurityGroup, "show", rule=RULE + "show", of=one_group, until=UNTIL)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> dict[str, Any]:
    """One group."""
    return told(target)


@compute.route(f"PUT {PATH}", SecurityGroup, "update", rule=RULE + "update", of=one_group, until=UNTIL)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> dict[str, Any]:
    """Rename a group."""
    return told(network.describe_group(tx, who, target, name=asked.name, description=asked.description))


@compute.route(f"DELETE {PATH}", Nothing, rule=RULE + "delete", of=one_group, until=UNTIL, code=202)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Remove a group that no server is in."""
    network.strike_group(tx, who, target)


@compute.route("POST /os-security-group-rules", SecurityGroupRule, "create", rule=RULE + "rule:create", until=UNTIL)
def create_rule(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroupRule) -> dict[str, Any]:
    """Let something in."""
    return told_rule(network.make_line(tx, who, _line(asked)))


@compute.route("DELETE /os-security-group-rules/{rule_id}", Nothing, rule=RULE + "rule:delete", until=UNTIL, code=202)
def delete_rule(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Let it in no more."""
    network.strike_line(tx, who, target["rule_id"])
