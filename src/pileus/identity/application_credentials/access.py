"""Access rules: the only requests that some application credentials may make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from pileus.identity.api import address, fresh_id, identity, no_such
from pileus.identity.application_credentials.shape import AccessRule, RuleGiven
from pileus.identity.application_credentials.table import access_rules, credential_rules
from pileus.identity.listing import chosen, listed
from pileus.identity.users.rules import one_user
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.store import Page, Row, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_SAME = select(access_rules).where(
    access_rules.c.user_id == bindparam("user_id"),
    access_rules.c.service == bindparam("service"),
    access_rules.c.method == bindparam("method"),
    access_rules.c.path == bindparam("path"),
)
_USED = select(credential_rules.c.credential_id).where(credential_rules.c.rule_id == bindparam("id")).limit(1)


def keep_rules(tx: Tx, credential: Row, wanted: Sequence[RuleGiven]) -> None:
    """Bind a credential to rules; a user has each rule once.  Raises Invalid, Missing."""
    for rule_id in dict.fromkeys(_rule_id(tx, credential["user_id"], one) for one in wanted):
        tx.insert(credential_rules, credential_id=credential["id"], rule_id=rule_id)


def _rule_id(tx: Tx, user_id: str, wanted: RuleGiven) -> str:
    if wanted.id is not None:
        return str(_existing(tx, user_id, wanted.id)["id"])
    values = {"user_id": user_id, "service": wanted.service, "method": wanted.method, "path": wanted.path}
    if None in values.values():
        raise Invalid("An access rule has a service, a method and a path, or the id of one that exists.")
    row = tx.one(_SAME, **values) or tx.insert(access_rules, id=fresh_id(tx), **values)
    return str(row["id"])


def _existing(tx: Tx, user_id: str, rule_id: str) -> Row:
    row = tx.find(access_rules, rule_id)
    if row is None or row["user_id"] != user_id:
        raise no_such("access rule", rule_id)
    return row


def one_rule(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The access rule a path names, which must be of the user it names."""
    found = one_user(tx, who, path, asked)
    return {"rule": _existing(tx, path["user_id"], path["rule_id"]), **found}


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    return {**row, "links": {"self": address(tx, "users", row["user_id"], "access_rules", row["id"])}}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /users/{user_id}/access_rules", AccessRule, "list", rule="identity:list_access_rules", of=one_user)
def list_rules(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AccessRule) -> Page:
    """A user's rules."""
    of_user = access_rules.c.user_id == target["user_id"]
    found = listed(tx, access_rules, asked, of_user, *chosen(access_rules, asked, "service", "method", "path"))
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route(
    "GET /users/{user_id}/access_rules/{rule_id}", AccessRule, "show", rule="identity:get_access_rule", of=one_rule
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AccessRule) -> Row:
    """One rule."""
    return _told(tx, target["rule"])


@identity.route(
    "DELETE /users/{user_id}/access_rules/{rule_id}",
    AccessRule,
    "delete",
    rule="identity:delete_access_rule",
    of=one_rule,
    code=204,
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AccessRule) -> None:
    """Remove a rule that no credential is bound to; raises Forbidden."""
    if tx.one(_USED, id=target["rule"]["id"]) is not None:
        raise Forbidden(f"Access rule {target['rule']['id']} is used by an application credential.")
    tx.remove(access_rules, target["rule"])
