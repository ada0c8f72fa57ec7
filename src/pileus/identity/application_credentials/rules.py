"""Application credentials: what may be asked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select

from pileus.identity.api import about, address, fresh_id, identity, no_such
from pileus.identity.application_credentials.access import keep_rules
from pileus.identity.application_credentials.shape import ApplicationCredential, RoleName
from pileus.identity.application_credentials.table import (
    application_credentials,
    credential_of_name,
    credential_roles,
    role_ids_of,
    rules_of,
)
from pileus.identity.auth.passwords import Passwords
from pileus.identity.auth.sessions import Session
from pileus.identity.listing import chosen, listed
from pileus.identity.moments import read_moment
from pileus.identity.revision import changed
from pileus.identity.roles.roles import roles
from pileus.identity.users.rules import one_user
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid, Refusal
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Page, Row, Store, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_OF_IDS = select(roles).order_by(roles.c.name)


class _Secret(NamedTuple):
    text: str
    hashed: str


def _hashed(store: Store, who: Caller, asked: ApplicationCredential) -> _Secret:
    """The given secret, or a new one, and its hash."""
    text = asked.secret or secrets.token_urlsafe(64)
    return _Secret(text, store.part(Passwords).hashed_secret(text))


def one_credential(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The credential a path names; whose it is is told by itself, whatever user stands before it."""
    row = tx.find(application_credentials, path["credential_id"])
    if row is None:
        raise no_such("application credential", path["credential_id"])
    return {"user_id": row["user_id"], **about(credential=row)}


def refuse_restricted(who: Caller) -> None:
    """Refuse a caller whose own credential may not make or remove credentials and trusts; raises Forbidden."""
    session = who.more
    if not isinstance(session, Session):
        return
    if session.credential is not None and not session.credential["unrestricted"]:
        raise Forbidden("Could not perform the action with a restricted application credential.")
    if session.access_token is not None:
        raise Forbidden("Could not perform the action with a token issued via delegation.")


def held_roles(who: Caller, asked: list[RoleName], refusal: type[Refusal] = Invalid) -> list[Row]:
    """The caller's own roles that are asked for; raises the refusal for one it does not have in its scope."""
    held = who.more.roles if isinstance(who.more, Session) else ()
    found = []
    for name in asked:
        match = [row for row in held if name.id == row["id"] or (name.id is None and name.name == row["name"])]
        if not match:
            raise refusal(f"Could not find role: {name.id or name.name} is not among those of the token.")
        found += match
    return found


def _told(tx: Tx, row: Row, **more: Any) -> dict[str, Any]:
    held = tx.all(_OF_IDS.where(roles.c.id.in_(role_ids_of(tx, row["id"]))))
    bounds = [{name: rule[name] for name in ("id", "service", "method", "path")} for rule in rules_of(tx, row["id"])]
    return {
        **row,
        "roles": [{"id": role["id"], "name": role["name"], "domain_id": role["domain_id"]} for role in held],
        **({"access_rules": bounds} if bounds else {}),
        "system": None,
        "links": {"self": address(tx, "users", row["user_id"], "application_credentials", row["id"])},
        **more,
    }


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route(
    "GET /users/{user_id}/application_credentials",
    ApplicationCredential,
    "list",
    rule="identity:list_application_credentials",
    of=one_user,
)
def list_credentials(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ApplicationCredential) -> Page:
    """A user's credentials."""
    of_user = application_credentials.c.user_id == target["user_id"]
    filters = chosen(application_credentials, asked, "name")
    found = listed(tx, application_credentials, asked, of_user, *filters)
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route(
    "POST /users/{user_id}/application_credentials",
    ApplicationCredential,
    "create",
    rule="identity:create_application_credential",
    of=one_user,
    code=201,
    pool="secrets",
    prepare=_hashed,
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ApplicationCredential) -> Row:
    """A credential for the project of the caller's token; the secret is told this once."""
    refuse_restricted(who)
    if who.project_id is None or asked.project_id not in (UNSET, who.project_id):
        raise Invalid("An application credential is for the project of the token it is made with.")
    if credential_of_name(tx, who.user_id, asked.name) is not None:
        raise Conflict(
            "Conflict occurred attempting to store application_credential - Duplicate entry found with name "
            f"{asked.name} for user {who.user_id}."
        )
    held = held_roles(who, asked.roles or _all_roles(who))
    row = tx.insert(
        application_credentials,
        id=fresh_id(tx),
        user_id=who.user_id,
        project_id=who.project_id,
        name=asked.name,
        description=asked.description,
        secret_hash=asked.prepared.hashed,
        expires_at=read_moment(asked.expires_at, "expires_at", tx.now),
        unrestricted=bool(asked.unrestricted),
    )
    for role_id in dict.fromkeys(role["id"] for role in held):
        tx.insert(credential_roles, credential_id=row["id"], role_id=role_id)
    if asked.access_rules is not UNSET:
        keep_rules(tx, row, asked.access_rules)
    return _told(tx, row, secret=asked.prepared.text)


def _all_roles(who: Caller) -> list[RoleName]:
    return [RoleName(id=row["id"]) for row in (who.more.roles if isinstance(who.more, Session) else ())]


@identity.route(
    "GET /users/{user_id}/application_credentials/{credential_id}",
    ApplicationCredential,
    "show",
    rule="identity:get_application_credential",
    of=one_credential,
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ApplicationCredential) -> Row:
    """One credential, without its secret."""
    return _told(tx, target["credential"])


@identity.route(
    "DELETE /users/{user_id}/application_credentials/{credential_id}",
    ApplicationCredential,
    "delete",
    rule="identity:delete_application_credential",
    of=one_credential,
    code=204,
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ApplicationCredential) -> None:
    """Remove a credential; tokens made with it end."""
    refuse_restricted(who)
    tx.remove(application_credentials, target["credential"])
    changed(tx)
