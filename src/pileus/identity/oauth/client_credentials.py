"""Client credentials (OAuth 2, RFC 6749): an application credential exchanged for a bearer token.

Success and failure are worded as that RFC has them, not as the rest of this API.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from pileus.identity.api import identity
from pileus.identity.auth.issue import SUBJECT, issued
from pileus.identity.auth.methods import Proof, by_application_credential
from pileus.identity.auth.shape import Claims, CredentialClaim
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing, Unauthorized
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Store, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class TokenRequest(Resource, form=True):
    """What RFC 6749 lets a client say."""

    grant_type: str = given("do", default="")
    client_id: str = given("do", default="")
    client_secret: str = given("do", default="")
    authorization: str = given("do", default="", header=True)


class _Client(NamedTuple):
    id: str
    secret: str


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_UNKEPT = [("cache-control", "no-store"), ("pragma", "no-cache")]
_BASIC = ("www-authenticate", 'Basic realm="identity"')


def _proved(store: Store, who: Caller, asked: TokenRequest) -> Proof | Answer:
    """Who asks, or why that is not clear."""
    if not asked.grant_type:
        return _refused(400, "invalid_request", "The parameter grant_type is required.")
    if asked.grant_type != "client_credentials":
        return _refused(400, "unsupported_grant_type", "The only grant is client_credentials.")
    client = _client(asked)
    if client is None:
        return _refused(401, "invalid_client", "Client authentication failed.")
    claim = CredentialClaim(client.secret, client.id)
    try:
        return by_application_credential(store, Claims(["application_credential"], application_credential=claim))
    except (Missing, Unauthorized):
        return _refused(401, "invalid_client", "Client authentication failed.")


def _client(asked: TokenRequest) -> _Client | None:
    """The client's name and secret, from the header or, in the RFC's other way, from the body."""
    if not asked.authorization:
        return _Client(asked.client_id, asked.client_secret) if asked.client_id and asked.client_secret else None
    scheme, _, content = asked.authorization.partition(" ")
    try:
        name, colon, secret = base64.b64decode(content.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return _Client(unquote_plus(name), unquote_plus(secret)) if scheme.lower() == "basic" and colon else None


def _refused(code: int, error: str, described: str) -> Answer:
    headers = [*_UNKEPT, *([_BASIC] if code == 401 else [])]
    return Answer({"error": error, "error_description": described}, headers, code, raw=True)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route(
    "POST /OS-OAUTH2/token",
    TokenRequest,
    public=True,
    pool="secrets",
    prepare=_proved,
    writes=False,
    also=(400, 401),
)
def issue(tx: Tx, who: Caller, target: Mapping[str, Any], asked: TokenRequest) -> Answer:
    """A bearer token for the credential's project."""
    if isinstance(asked.prepared, Answer):
        return asked.prepared
    try:
        answer = issued(tx, asked.prepared, None)
    except Unauthorized:
        return _refused(401, "invalid_client", "Client authentication failed.")
    token = dict(answer.headers).get(SUBJECT)
    if token is None:
        return _refused(400, "unauthorized_client", "The client's user has to authenticate by more methods.")
    told = {"access_token": token, "token_type": "Bearer", "expires_in": tx.part(IdentitySettings).token_seconds}
    return Answer(told, _UNKEPT, raw=True)
