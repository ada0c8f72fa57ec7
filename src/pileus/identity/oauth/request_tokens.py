"""Request tokens: a consumer asks for a project, and somebody who has roles there says which it may use."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pileus.identity.api import MOMENT, fresh_id, identity, no_such
from pileus.identity.application_credentials.shape import RoleName
from pileus.identity.assignments.table import roles_of
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.sessions import Session
from pileus.identity.oauth.signatures import SignedRequest, check_signature, read_signed, sealed
from pileus.identity.oauth.table import request_tokens
from pileus.identity.projects.table import projects
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid, Unauthorized
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class RequestForToken(SignedRequest, loose=True):
    """A consumer wants to act in a project."""

    project_id: str = given("do", header=True, wire="requested-project-id")


class Authorization(Resource):
    """The roles somebody lets a consumer use."""

    roles: list[RoleName] = given("do")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

SECONDS = 28800
"""How long a request token waits for somebody to authorize it (the reference's)."""


def one_request_token(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The request token a path names."""
    row = tx.find(request_tokens, path["request_token_id"])
    if row is None:
        raise no_such("Request Token", path["request_token_id"])
    return row


def as_form(token_id: str, secret: str, expires_at: datetime | None) -> Answer:
    """A token as OAuth 1 tells it."""
    told = {"oauth_token": token_id, "oauth_token_secret": secret}
    if expires_at is not None:
        told["oauth_expires_at"] = expires_at.strftime(MOMENT)
    body = urlencode(told, safe=":").encode()
    return Answer(body, [("content-type", "application/x-www-form-urlencoded")], raw=True)


def refuse_delegated(who: Caller) -> None:
    """Refuse a caller who acts by what somebody has delegated to it; raises Forbidden."""
    session = who.more
    if isinstance(session, Session) and (session.trust or session.access_token or session.credential):
        raise Forbidden("Cannot do this with a token issued via delegation.")


def _own_role(held: Sequence[Row], name: RoleName) -> str:
    """The id of a role that is named, among those somebody has; raises Unauthorized."""
    for row in held:
        if name.id == row["id"] or (name.id is None and name.name == row["name"]):
            return str(row["id"])
    raise Unauthorized("The authorizing user does not have the role required.")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_PLACE = "/OS-OAUTH1/request_token"


@identity.route(f"POST {_PLACE}", RequestForToken, public=True, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: RequestForToken) -> Answer:
    """A request token for a consumer and a project; nobody has authorized it yet."""
    signed = read_signed(asked.authorization)
    check_signature(tx, signed, _PLACE, asked.host)
    if tx.find(projects, asked.project_id) is None:
        raise no_such("project", asked.project_id)
    secret = secrets.token_hex(16)
    row = tx.insert(
        request_tokens,
        id=fresh_id(tx),
        consumer_id=signed.consumer_id,
        project_id=asked.project_id,
        sealed_secret=sealed(tx, secret),
        role_ids=[],
        expires_at=tx.now + timedelta(seconds=SECONDS),
    )
    return as_form(row["id"], secret, row["expires_at"])


@identity.route(
    "PUT /OS-OAUTH1/authorize/{request_token_id}",
    Authorization,
    rule="identity:authorize_request_token",
    of=one_request_token,
    quiet=False,
)
def authorize(tx: Tx, who: Caller, target: Row, asked: Authorization) -> Answer:
    """Let a consumer use some of one's own roles in the project it asked for; the verifier is told this once."""
    refuse_delegated(who)
    if target["expires_at"] <= tx.now:
        raise Unauthorized(REFUSED, f"request token {target['id']} has expired")
    if not asked.roles:
        raise Invalid("Invalid input for field/attribute roles. A consumer needs a role.")
    held = roles_of(tx, who.user_id, "project", tx.find(projects, target["project_id"]))
    role_ids = [_own_role(held, name) for name in asked.roles]
    verifier = f"{secrets.randbelow(10**12):012d}"
    tx.change(request_tokens, target, user_id=who.user_id, role_ids=role_ids, verifier=verifier)
    return Answer({"token": {"oauth_verifier": verifier}}, raw=True)
