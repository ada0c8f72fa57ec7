"""Signed requests (OAuth 1, RFC 5849): who signed, with which secrets, and that it was not heard before."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple

from oauthlib.oauth1.rfc5849 import signature
from sqlalchemy import Column, Table, bindparam

from pileus.identity.api import identity, no_such
from pileus.identity.auth.keys import CredentialKeys
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.tokens import seconds_of
from pileus.identity.oauth.consumers import consumers
from pileus.kernel.errors import Invalid, Unauthorized
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Id, Moment, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class SignedRequest(Resource, loose=True):
    """A request whose header carries a signature."""

    authorization: str = given("do", default="", header=True)
    host: str = given("do", default="", header=True)


class Signed(NamedTuple):
    """What a header says."""

    consumer_id: str
    token_id: str | None
    verifier: str | None
    method: str
    nonce: str
    timestamp: int
    signature: str
    params: list[tuple[str, str]]
    """All that is signed."""


class _Heard(NamedTuple):
    """A request as the signature's library looks at it."""

    uri: str
    http_method: str
    params: list[tuple[str, str]]
    signature: str


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

nonces = Table(
    "identity_oauth_nonces",
    metadata,
    Column("key", Id, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    info={"kind": "nonce", "history": False},
)
"""Requests that were heard, as long as they could be heard again."""

_FORGET = nonces.delete().where(nonces.c.at < bindparam("before"))

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

SPAN = 600
"""Seconds that a request's own time may be away from ours."""
LONGEST = 255
"""Characters of any value."""
CHECKS: dict[str, Any] = {"HMAC-SHA1": signature.verify_hmac_sha1, "HMAC-SHA256": signature.verify_hmac_sha256}


def read_signed(header: str) -> Signed:
    """What a header says; raises Invalid where it is no signature."""
    try:
        params = signature.collect_parameters(headers={"Authorization": header}, exclude_oauth_signature=False)
        told: dict[str, str] = dict(params)
        found = Signed(
            consumer_id=told["oauth_consumer_key"],
            token_id=told.get("oauth_token"),
            verifier=told.get("oauth_verifier"),
            method=told["oauth_signature_method"],
            nonce=told["oauth_nonce"],
            timestamp=int(told["oauth_timestamp"]),
            signature=told["oauth_signature"],
            params=[(name, value) for name, value in params if name != "oauth_signature"],
        )
    except (KeyError, ValueError) as error:
        raise Invalid("Invalid request: an OAuth signature is wanted in the header Authorization.") from error
    too_long = any(len(value) > LONGEST for value in told.values())
    if too_long or len(told) != len(params) or told.get("oauth_version", "1.0") != "1.0" or found.method not in CHECKS:
        raise Invalid(f"Invalid request: OAuth 1.0 with one of {', '.join(CHECKS)} is wanted.")
    return found


def check_signature(tx: Tx, signed: Signed, path: str, host: str, token_secret: str = "") -> None:
    """Refuse what the consumer did not sign for this place, or what was heard before.

    It may have signed our public address or the one it reached us by.  Raises Missing, Unauthorized.
    """
    consumer = tx.find(consumers, signed.consumer_id)
    if consumer is None:
        raise no_such("Consumer", signed.consumer_id)
    secret = opened(tx, consumer["sealed_secret"])
    public = tx.part(PublicUrl).value
    reached = f"{public.partition('://')[0]}://{host}" if host else public
    heard = [
        _Heard(f"{url}{identity.root}{path}", "POST", signed.params, signed.signature) for url in (public, reached)
    ]
    if not any(CHECKS[signed.method](one, secret, token_secret) for one in heard):
        raise Unauthorized(REFUSED, f"consumer {signed.consumer_id} has not signed this")
    _use(tx, signed)


def _use(tx: Tx, signed: Signed) -> None:
    """Refuse a request of another time, or one that was heard before."""
    if abs(seconds_of(tx.now) - signed.timestamp) > SPAN:
        raise Unauthorized(REFUSED, f"a signed request says it is of {signed.timestamp}")
    tx.run(_FORGET, before=tx.now - timedelta(seconds=2 * SPAN))
    said = "\0".join((signed.consumer_id, signed.token_id or "", str(signed.timestamp), signed.nonce))
    key = hashlib.sha256(said.encode()).hexdigest()
    if tx.find(nonces, key) is not None:
        raise Unauthorized(REFUSED, "a signed request was heard before")
    tx.insert(nonces, key=key, at=tx.now)


def opened(tx: Tx, sealed: str) -> str:
    """A secret that was sealed."""
    found = tx.part(CredentialKeys).open(sealed)
    if found is None:
        raise LookupError("no key opens a secret of OAuth")
    return found.decode()


def sealed(tx: Tx, secret: str) -> str:
    """A secret as it is kept."""
    return tx.part(CredentialKeys).seal(secret.encode(), seconds_of(tx.now))
