"""Security groups for Compute's older callers: Compute has checked its policy, here the owner is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import bindparam, select

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.store import Row, Store, Tx
from pileus.network.security_group_rules import rules as rule_rules
from pileus.network.security_group_rules.shape import SecurityGroupRule
from pileus.network.security_groups import rules as group_rules
from pileus.network.security_groups.shape import SecurityGroup
from pileus.network.security_groups.standing import NAME, default_group
from pileus.network.security_groups.table import DEFAULT, RULES_OF, groups
from pileus.network.standard import changed

_ALL = select(groups).order_by(groups.c.created_at, groups.c.id)
_OF_PROJECT = _ALL.where(groups.c.project_id == bindparam("project_id"))
_THESE = select(groups).where(groups.c.id.in_(bindparam("groups", expanding=True)))


@dataclass(frozen=True)
class _Group:
    """What the rule that makes groups reads."""

    name: str
    description: str
    stateful: bool = True


@dataclass(frozen=True)
class Line:
    """A line that lets something in, as older callers say it; `remote_group_id` or `remote_ip_prefix`."""

    security_group_id: str
    protocol: str | None
    port_range_min: int | None
    port_range_max: int | None
    remote_ip_prefix: str | None = None
    remote_group_id: str | None = None
    ethertype: str = "IPv4"
    direction: str = "ingress"
    description: str = ""


def with_rules(tx: Tx, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Groups, each with its `rules` as this service has them; a rule that names a group knows its `remote_group`."""
    found = {row["id"]: {**row, "rules": list[dict[str, Any]]()} for row in rows}
    lines = tx.all(RULES_OF, groups=list(found)) if found else ()
    named = {line["remote_group_id"] for line in lines} - {None}
    remotes = {row["id"]: row for row in tx.all(_THESE, groups=sorted(named))} if named else {}
    for line in lines:
        remote = remotes.get(line["remote_group_id"])
        found[line["security_group_id"]]["rules"].append({**line, "remote_group": remote})
    return list(found.values())


def have_default_group(store: Store, project_id: str | None) -> None:
    """Make a project's default group where it has none yet; outside of any transaction."""
    if project_id and store.look(lambda tx: tx.one(DEFAULT, project_id=project_id)) is None:
        store.write(default_group, project_id)


def own_groups(tx: Tx, project_id: str | None) -> list[dict[str, Any]]:
    """The groups of a project, or of all (None), with their rules."""
    return with_rules(tx, tx.all(_ALL) if project_id is None else tx.all(_OF_PROJECT, project_id=project_id))


def own_group(tx: Tx, who: Caller, group_id: str) -> dict[str, Any]:
    """A group of the caller's project, with its rules; raises Missing."""
    row = tx.find(groups, group_id)
    if row is None or (row["project_id"] != who.project_id and not who.is_admin):
        raise group_rules.GROUPS.missing(group_id)
    return with_rules(tx, [row])[0]


def make_group(tx: Tx, who: Caller, name: str, description: str) -> dict[str, Any]:
    """A new group of the caller's project; raises OverQuota, Invalid."""
    asked = cast("SecurityGroup", _Group(name, description))
    try:
        made = group_rules.create(tx, who, {"project_id": who.project_id}, asked)
    except Conflict as error:
        raise Invalid(error.said) from error
    return own_group(tx, who, made["id"])


def describe_group(tx: Tx, who: Caller, group: Mapping[str, Any], *, name: str, description: str) -> dict[str, Any]:
    """A group under another name; the default one keeps its own.  Raises Invalid."""
    if name != group["name"] and (group["is_default"] or name == NAME):
        raise Invalid("The default security group keeps its name, and no other has it.")
    changed(tx, groups, group_rules.GROUPS.bare(tx, group["id"]), name=name, description=description)
    return own_group(tx, who, group["id"])


def strike_group(tx: Tx, who: Caller, group: Mapping[str, Any]) -> None:
    """Remove a group; raises Invalid for the default one, and for one that a port is in."""
    if group["is_default"]:
        raise Invalid("The default security group cannot be removed.")
    try:
        group_rules.delete(tx, who, group_rules.GROUPS.one(tx, group["id"]), cast("SecurityGroup", None))
    except Conflict as error:
        raise Invalid(error.said) from error


def make_line(tx: Tx, who: Caller, line: Line) -> dict[str, Any]:
    """A new rule of a group of the caller's project; raises Missing, Invalid, OverQuota."""
    group = own_group(tx, who, line.security_group_id)
    if line.remote_group_id is not None:
        own_group(tx, who, line.remote_group_id)
    try:
        made = rule_rules.add(tx, group, cast("SecurityGroupRule", line))
    except Conflict as error:
        raise Invalid(error.said) from error
    return next(one for one in own_group(tx, who, group["id"])["rules"] if one["id"] == made["id"])


def strike_line(tx: Tx, who: Caller, rule_id: str) -> None:
    """Remove a rule of a group of the caller's project; raises Missing."""
    rule = rule_rules.RULES.bare(tx, rule_id)
    own_group(tx, who, rule["security_group_id"])
    rule_rules.delete(tx, who, rule, cast("SecurityGroupRule", None))
