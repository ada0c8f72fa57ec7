"""Trusts: what may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from pileus.identity.api import about, address, fresh_id, identity, no_such
from pileus.identity.application_credentials.rules import held_roles, refuse_restricted
from pileus.identity.auth.events import tell_ended
from pileus.identity.auth.sessions import Session
from pileus.identity.listing import chosen, listed
from pileus.identity.moments import read_moment
from pileus.identity.projects.table import projects
from pileus.identity.revision import changed
from pileus.identity.roles.roles import Role, roles
from pileus.identity.trusts.shape import Trust
from pileus.identity.trusts.table import has_ended, role_ids_of, trust_roles, trusts
from pileus.identity.users.table import existing_user
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid, Missing
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Page, Row, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

MOST_REDELEGATIONS = 3
"""How often at most a trust may be handed on (the reference's default)."""

_OF_IDS = select(roles).order_by(roles.c.name)


def one_trust(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The trust a path names; one that has expired or is used up is not there any more."""
    row = tx.find(trusts, path["trust_id"])
    if row is None or row["remaining_uses"] == 0 or has_ended(row, tx.now):
        raise no_such("trust", path["trust_id"])
    return {**path, **about(trust=row)}


def _new_trust(tx: Tx, who: Caller, path: Mapping[str, str], asked: Trust) -> Mapping[str, Any]:
    return about(trust={"trustor_user_id": asked.trustor_user_id, "trustee_user_id": asked.trustee_user_id})


def _listed_trusts(tx: Tx, who: Caller, path: Mapping[str, str], asked: Trust) -> Mapping[str, Any]:
    given = {name: getattr(asked, name) for name in ("trustor_user_id", "trustee_user_id")}
    return about(trust={name: value for name, value in given.items() if value is not UNSET})


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    here = address(tx, "OS-TRUST", "trusts", row["id"])
    return {
        **row,
        "roles": [_role(tx, role) for role in _roles(tx, row)],
        "roles_links": {"self": f"{here}/roles", "next": None, "previous": None},
        "deleted_at": None,
        "links": {"self": here},
    }


def _roles(tx: Tx, row: Row) -> list[Row]:
    return tx.all(_OF_IDS.where(roles.c.id.in_(role_ids_of(tx, row["id"]))))


def _role(tx: Tx, row: Row) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "name", "domain_id", "description", "options")}
    return shown | {"links": {"self": address(tx, "roles", row["id"])}}


def _depth(who: Caller, asked: Trust) -> tuple[str | None, int]:
    """The trust this one hands on, and how often it may be handed on itself; raises Forbidden, Invalid."""
    former = who.more.trust if isinstance(who.more, Session) else None
    if former is None:
        wanted = MOST_REDELEGATIONS if asked.redelegation_count is None else asked.redelegation_count
        if wanted > MOST_REDELEGATIONS:
            raise Forbidden(f"A trust can be handed on {MOST_REDELEGATIONS} times at most.")
        return None, wanted if asked.allow_redelegation else 0
    _check_handed_on(former, asked)
    return former["id"], former["redelegation_count"] - 1 if asked.allow_redelegation else 0


def _check_handed_on(former: Row, asked: Trust) -> None:
    """Refuse to hand on what a trust does not let one hand on; raises Forbidden."""
    left = former["redelegation_count"]
    if not left:
        raise Forbidden("Remaining redelegation depth of 0 out of allowed range: the trust cannot be handed on.")
    if asked.allow_redelegation and asked.redelegation_count not in (None, left - 1):
        raise Forbidden(f"A trust that is handed on can be handed on {left - 1} times more, which need not be said.")
    if asked.remaining_uses is not None:
        raise Forbidden("remaining_uses cannot be given for a trust that is handed on.")
    if asked.impersonation and not former["impersonation"]:
        raise Forbidden("Impersonation is not allowed because the trust that is handed on does not allow it.")


def _ends(tx: Tx, who: Caller, asked: Trust) -> Any:
    """When the trust ends: not after the one that it hands on; raises Invalid, Forbidden."""
    wanted = read_moment(asked.expires_at, "expires_at", tx.now)
    former = who.more.trust if isinstance(who.more, Session) else None
    bound = former["expires_at"] if former else None
    if bound is not None and wanted is not None and wanted > bound:
        raise Forbidden("A trust cannot outlive the one that it hands on.")
    return wanted or bound


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("POST /OS-TRUST/trusts", Trust, "create", rule="identity:create_trust", of=_new_trust, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Trust) -> Row:
    """Let another user act with some of the caller's roles in the project of its token."""
    refuse_restricted(who)
    existing_user(tx, asked.trustee_user_id)
    if asked.project_id is not None and tx.find(projects, asked.project_id) is None:
        raise no_such("project", asked.project_id)
    if asked.project_id != who.project_id or not asked.roles:
        raise Forbidden("At least one role should be specified, and the project be that of the token.")
    if asked.allow_redelegation and asked.remaining_uses is not None:
        raise Invalid("remaining_uses must not be set if redelegation is allowed.")
    former_id, count = _depth(who, asked)
    row = tx.insert(
        trusts,
        id=fresh_id(tx),
        trustor_user_id=asked.trustor_user_id,
        trustee_user_id=asked.trustee_user_id,
        project_id=asked.project_id,
        impersonation=asked.impersonation,
        expires_at=_ends(tx, who, asked),
        remaining_uses=asked.remaining_uses,
        redelegated_trust_id=former_id,
        redelegation_count=count,
    )
    for role_id in dict.fromkeys(role["id"] for role in held_roles(who, asked.roles, Missing)):
        tx.insert(trust_roles, trust_id=row["id"], role_id=role_id)
    return _told(tx, row)


@identity.route("GET /OS-TRUST/trusts/", Trust, "list", of=_listed_trusts)
@identity.route("GET /OS-TRUST/trusts", Trust, "list", of=_listed_trusts)
def list_trusts(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Trust) -> Page:
    """Trusts: all, those a user has given, or those a user has been given."""
    named = [name for name in ("trustor", "trustee") if f"{name}_user_id" in target["trust"]]
    wanted = [f"identity:list_trusts_for_{name}" for name in named] or ["identity:list_trusts"]
    if not all(who.may(rule, target) for rule in wanted):
        raise Forbidden(f"You are not authorized to perform the requested action: {', '.join(wanted)}.")
    found = listed(tx, trusts, asked, *chosen(trusts, asked, "trustor_user_id", "trustee_user_id"))
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route("GET /OS-TRUST/trusts/{trust_id}", Trust, "show", rule="identity:get_trust", of=one_trust, quiet=False)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Trust) -> Row:
    """One trust."""
    return _told(tx, target["trust"])


@identity.route("DELETE /OS-TRUST/trusts/{trust_id}", rule="identity:delete_trust", of=one_trust, quiet=False, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """End a trust, with those that hand it on and all tokens made with them."""
    refuse_restricted(who)
    tx.remove(trusts, target["trust"])
    changed(tx)
    tell_ended(tx, trust_id=target["trust"]["id"])


@identity.route(
    "GET /OS-TRUST/trusts/{trust_id}/roles",
    Role,
    "do",
    view="list",
    rule="identity:list_roles_for_trust",
    of=one_trust,
    quiet=False,
)
def list_roles(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Page:
    """The roles a trust hands on."""
    return Page([_role(tx, row) | {"extras": {}} for row in _roles(tx, target["trust"])], False)


@identity.route(
    "GET /OS-TRUST/trusts/{trust_id}/roles/{role_id}",
    Role,
    "do",
    view="show",
    rule="identity:get_role_for_trust",
    of=one_trust,
    quiet=False,
)
def show_role(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Row:
    """One of them; raises Missing."""
    for row in _roles(tx, target["trust"]):
        if row["id"] == target["role_id"]:
            return _role(tx, row) | {"extras": {}}
    raise no_such("role", target["role_id"])
