"""What may be asked of security group rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.network.api import network, typed
from pileus.network.listing import Collection, any_of, chosen
from pileus.network.quotas import take
from pileus.network.security_group_rules.checks import canonical, meaning
from pileus.network.security_group_rules.shape import SecurityGroupRule
from pileus.network.security_groups.rules import GROUPS
from pileus.network.security_groups.table import RULE_ROWS, RULES_OF, groups, rules
from pileus.network.standard import made, owner_of, touched
from pileus.network.wants import group_changed

RULES = Collection(
    what="SecurityGroupRule",
    sentence="Security group rule {} does not exist",
    table=rules,
    rows=RULE_ROWS,
    rule="get_security_group_rule",
    ways={"security_group:project_id": groups.c.project_id},
    filters={"belongs_to_default_sg": lambda values: any_of(groups.c.is_default, values)},
)
one_rule = RULES.finder("rule_id")


def _in_group(tx: Tx, who: Caller, path: Mapping[str, str], asked: SecurityGroupRule) -> Mapping[str, Any]:
    """The group a new rule is for, as the policy's target; raises Missing for one the caller does not know."""
    group = GROUPS.known(tx, who, asked.security_group_id)
    return {
        "project_id": owner_of(who, asked),
        "security_group:project_id": group["project_id"],
        "group": group,
    }


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@network.route("GET /security-group-rules", SecurityGroupRule, "list")
def list_rules(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroupRule) -> Answer:
    """The rules of a caller's groups."""
    return RULES.listed(tx, who, asked)


@network.route(
    "POST /security-group-rules",
    SecurityGroupRule,
    "create",
    rule="create_security_group_rule",
    of=_in_group,
    code=201,
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroupRule) -> Mapping[str, Any]:
    """Add a line to a group; hosts that use the group follow.  409 where one says the same already."""
    values = canonical(asked)
    if values["remote_group_id"] is not None:
        GROUPS.known(tx, who, values["remote_group_id"])
    return add(tx, target["group"], asked)


def add(tx: Tx, group: Mapping[str, Any], asked: SecurityGroupRule) -> Mapping[str, Any]:
    """Add a line whose group, and the one it names, the caller may use; raises Invalid, Conflict, OverQuota."""
    values = canonical(asked)
    for other in tx.all(RULES_OF, groups=[group["id"]]):
        if meaning(other) == meaning(values):
            said = f"Security group rule already exists. Rule id is {other['id']}."
            raise typed(Conflict, "SecurityGroupRuleExists", said)
    take(tx, group["project_id"], "security_group_rule")
    row = made(
        tx,
        rules,
        project_id=group["project_id"],
        description=asked.description,
        security_group_id=group["id"],
        **values,
    )
    touched(tx, groups, group)
    group_changed(tx, group["id"])
    return RULES.one(tx, row["id"])


@network.route(
    "GET /security-group-rules/{rule_id}", SecurityGroupRule, "show", rule="get_security_group_rule", of=one_rule
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroupRule) -> Answer:
    """One rule."""
    return Answer(target, only=chosen(asked))


@network.route(
    "DELETE /security-group-rules/{rule_id}",
    SecurityGroupRule,
    "delete",
    rule="delete_security_group_rule",
    of=one_rule,
    code=204,
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SecurityGroupRule) -> None:
    """Take a line out of its group."""
    tx.remove(rules, target["id"])
    touched(tx, groups, GROUPS.bare(tx, target["security_group_id"]))
    named = [target["remote_group_id"]] if target["remote_group_id"] else []
    group_changed(tx, target["security_group_id"], no_longer=named)
