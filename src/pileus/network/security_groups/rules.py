"""What may be asked of security groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, false, select, true

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Answer
from pileus.kernel.shapes import render, view
from pileus.kernel.store import Tx
from pileus.kernel.versions import NONE
from pileus.network.api import network, typed
from pileus.network.listing import Collection, Rows, chosen
from pileus.network.ports.table import memberships
from pileus.network.quotas import take
from pileus.network.security_group_rules.shape import SecurityGroupRule
from pileus.network.security_groups.shape import SecurityGroup
from pileus.network.security_groups.standing import NAME, add_first_rules, default_group, with_default_group
from pileus.network.security_groups.table import EXISTING, NAMING, ROWS, RULES_OF, groups, rules
from pileus.network.standard import changed, made, new_target
from pileus.network.wants import group_changed

_USED = select(memberships.c.port_id).where(memberships.c.group_id == bindparam("group_id")).limit(1)


def _with_rules(tx: Tx, rows: Rows) -> Rows:
    fields, _ = view(SecurityGroupRule, "show", NONE, network.manner.moment)
    found: dict[str, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for rule in tx.all(RULES_OF, groups=list(found)) if found else ():
        found[rule["security_group_id"]].append(render(fields, rule, {}, lambda guard: True))
    return [{**row, "security_group_rules": found[row["id"]]} for row in rows]


GROUPS = Collection(
    what="SecurityGroup",
    sentence="Security group {} does not exist",
    table=groups,
    rows=ROWS,
    rule="get_security_group",
    ways={"project_id": groups.c.project_id},
    filters={"shared": lambda values: true() if False in values else false()},
    complete=_with_rules,
)
one_group = GROUPS.finder("security_group_id")


def check_groups(tx: Tx, who: Caller, project_id: str, asked: Sequence[str]) -> list[str]:
    """The groups a port of a project is to be in; raises Missing for one that is not the project's or the caller's."""
    rows = {row["id"]: row for row in tx.all(EXISTING, groups=list(asked))} if asked else {}
    for group_id in asked:
        row = rows.get(group_id)
        if row is None or (row["project_id"] != project_id and not who.may(GROUPS.rule, row)):
            raise GROUPS.missing(group_id)
    return list(dict.fromkeys(asked))


def _refuse_second_default(name: str) -> None:
    if name == NAME:
        raise typed(Conflict, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /security-groups", SecurityGroup, "list", prepare=with_default_group)
def list_groups(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> Answer:
    """A project's groups; everybody has at least the default one."""
    return GROUPS.listed(tx, who, asked)


@network.route("POST /security-groups", SecurityGroup, "create", rule="create_security_group", of=new_target, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> Mapping[str, Any]:
    """Make a group that lets everything out and nothing in."""
    if not asked.stateful:
        raise typed(
            Invalid, "InvalidInput", "Hosts follow connections for every group: stateless ones are not supported."
        )
    default_group(tx, target["project_id"])
    _refuse_second_default(asked.name)
    take(tx, target["project_id"], "security_group")
    row = made(tx, groups, project_id=target["project_id"], name=asked.name, description=asked.description)
    add_first_rules(tx, row)
    return GROUPS.one(tx, row["id"])


@network.route(
    "GET /security-groups/{security_group_id}", SecurityGroup, "show", rule="get_security_group", of=one_group
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> Answer:
    """One group with its rules."""
    return Answer(target, only=chosen(asked))


@network.route(
    "PUT /security-groups/{security_group_id}", SecurityGroup, "update", rule="update_security_group", of=one_group
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> Mapping[str, Any]:
    """Change a group's words; the default group keeps its name."""
    if asked.stateful is False:
        raise typed(
            Invalid, "InvalidInput", "Hosts follow connections for every group: stateless ones are not supported."
        )
    if asked.name not in (UNSET, target["name"]):
        if target["is_default"]:
            raise typed(Conflict, "SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.")
        _refuse_second_default(asked.name)
    changed(tx, groups, target, name=asked.name, description=asked.description)
    return GROUPS.one(tx, target["id"])


@network.route(
    "DELETE /security-groups/{security_group_id}",
    SecurityGroup,
    "delete",
    rule="delete_security_group",
    of=one_group,
    code=204,
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroup) -> None:
    """Remove a group that no port is in, its rules, and the rules of others that name it."""
    if target["is_default"] and not who.may("context_is_admin"):
        said = "Insufficient rights for removing default security group."
        raise typed(Conflict, "SecurityGroupCannotRemoveDefault", said)
    if tx.one(_USED, group_id=target["id"]) is not None:
        raise typed(Conflict, "SecurityGroupInUse", f"Security Group {target['id']} in use.")
    naming = tx.all(NAMING, group_id=target["id"])
    own = {rule["id"] for rule in target["security_group_rules"]}
    for rule_id in own | {rule["id"] for rule in naming}:
        tx.remove(rules, rule_id)
    tx.remove(groups, target["id"])
    for group_id in {rule["security_group_id"] for rule in naming} - {target["id"]}:
        group_changed(tx, group_id, no_longer=[target["id"]])
