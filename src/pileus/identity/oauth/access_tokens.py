"""Access tokens: what a consumer has been given by somebody, to act for it in one project with some roles."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pileus.identity.api import MOMENT, about, address, fresh_id, identity, linked, no_such
from pileus.identity.auth.proof import REFUSED
from pileus.identity.listing import Listed, listed
from pileus.identity.oauth.request_tokens import as_form, refuse_delegated
from pileus.identity.oauth.signatures import SignedRequest, check_signature, opened, read_signed, sealed
from pileus.identity.oauth.table import access_tokens, request_tokens
from pileus.identity.revision import changed
from pileus.identity.roles.roles import Role, roles
from pileus.identity.settings import IdentitySettings
from pileus.identity.users.rules import one_user
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Unauthorized
from pileus.kernel.resource import shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Page, Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class AccessToken(Listed, one="access_token", many="access_tokens"):
    """What a consumer may do for somebody; its secret is told once, to the consumer."""

    id: str = shown()
    consumer_id: str = shown()
    project_id: str = shown()
    authorizing_user_id: str = shown()
    expires_at: str | None = shown(made=lambda at: at and at.strftime(MOMENT))
    links: dict[str, str] = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_access_token(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The access token a path names, which must be of the user it names."""
    row = tx.find(access_tokens, path["access_token_id"])
    if row is None or row["user_id"] != path["user_id"]:
        raise no_such("Access Token", path["access_token_id"])
    return {"user_id": path["user_id"], **path, **about(access_token=row)}


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    here = address(tx, "users", row["user_id"], "OS-OAUTH1", "access_tokens", row["id"])
    return {**row, "authorizing_user_id": row["user_id"], "links": {"self": here, "roles": f"{here}/roles"}}


def _roles(tx: Tx, row: Row) -> list[dict[str, Any]]:
    """The roles that were given and are still there."""
    return [linked(tx, "roles", role) for one in row["role_ids"] if (role := tx.find(roles, one)) is not None]


def _authorized(tx: Tx, request_id: str | None, consumer_id: str) -> Row:
    """A request token of a consumer that somebody has authorized; raises Missing, Unauthorized."""
    row = tx.find(request_tokens, request_id) if request_id else None
    if row is None or row["consumer_id"] != consumer_id:
        raise no_such("Request Token", request_id or "")
    if row["user_id"] is None or row["expires_at"] <= tx.now:
        raise Unauthorized(REFUSED, f"request token {row['id']} has expired, or nobody has authorized it")
    return row


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_PLACE = "/OS-OAUTH1/access_token"
_ALL = "/users/{user_id}/OS-OAUTH1/access_tokens"
_ONE = f"{_ALL}/{{access_token_id}}"


@identity.route(f"POST {_PLACE}", SignedRequest, public=True, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SignedRequest) -> Answer:
    """An access token for a request token and its verifier; the request token is used up."""
    signed = read_signed(asked.authorization)
    request = _authorized(tx, signed.token_id, signed.consumer_id)
    check_signature(tx, signed, _PLACE, asked.host, opened(tx, request["sealed_secret"]))
    if not hmac.compare_digest(request["verifier"].encode(), (signed.verifier or "").encode()):
        raise Unauthorized(REFUSED, f"not the verifier of request token {request['id']}")
    secret, lasts = secrets.token_hex(16), tx.part(IdentitySettings).oauth_access_seconds
    row = tx.insert(
        access_tokens,
        id=fresh_id(tx),
        **{name: request[name] for name in ("consumer_id", "project_id", "user_id", "role_ids")},
        sealed_secret=sealed(tx, secret),
        expires_at=tx.now + timedelta(seconds=lasts) if lasts else None,
    )
    tx.remove(request_tokens, request)
    return as_form(row["id"], secret, row["expires_at"])


@identity.route(f"GET {_ALL}", AccessToken, "list", rule="identity:list_access_tokens", of=one_user)
def list_tokens(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AccessToken) -> Page:
    """What a user has given to consumers."""
    refuse_delegated(who)
    found = listed(tx, access_tokens, asked, access_tokens.c.user_id == target["user_id"])
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route(f"GET {_ONE}", AccessToken, "show", rule="identity:get_access_token", of=one_access_token)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AccessToken) -> Row:
    """One access token, without its secret."""
    return _told(tx, target["access_token"])


@identity.route(f"DELETE {_ONE}", rule="identity:delete_access_token", of=one_access_token, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Take back what was given; tokens that were issued for it end."""
    refuse_delegated(who)
    tx.remove(access_tokens, target["access_token"])
    changed(tx)


@identity.route(
    f"GET {_ONE}/roles", Role, "do", view="list", rule="identity:list_access_token_roles", of=one_access_token
)
def list_roles(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Page:
    """The roles that were given."""
    return Page(_roles(tx, target["access_token"]), False)


@identity.route(
    f"GET {_ONE}/roles/{{role_id}}",
    Role,
    "do",
    view="show",
    rule="identity:get_access_token_role",
    of=one_access_token,
)
def show_role(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Row:
    """One of them; raises Missing."""
    for row in _roles(tx, target["access_token"]):
        if row["id"] == target["role_id"]:
            return row
    raise no_such("role", target["role_id"])
