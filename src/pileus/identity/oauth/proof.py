"""A consumer proves that it may act for somebody: it signs the request for a token with its access token."""

from __future__ import annotations

from pileus.identity.api import no_such
from pileus.identity.auth.proof import REFUSED
from pileus.identity.oauth.signatures import check_signature, opened, read_signed
from pileus.identity.oauth.table import access_tokens
from pileus.identity.users.table import user_of_id
from pileus.kernel.errors import Invalid, Unauthorized
from pileus.kernel.store import Row, Tx

_PLACE = "/auth/tokens"


def access_proved(tx: Tx, header: str, host: str) -> tuple[Row, Row]:
    """The access token that a header is signed with, and the user it is of; raises Invalid, Unauthorized, Missing."""
    signed = read_signed(header)
    if signed.token_id is None:
        raise Invalid("Invalid request: the header Authorization wants the parameter oauth_token.")
    row = tx.find(access_tokens, signed.token_id)
    if row is None:
        raise no_such("Access Token", signed.token_id)
    if row["consumer_id"] != signed.consumer_id:
        raise Unauthorized(REFUSED, "the access token is another consumer's")
    check_signature(tx, signed, _PLACE, host, opened(tx, row["sealed_secret"]))
    user = user_of_id(tx, row["user_id"])
    if user is None or (row["expires_at"] is not None and row["expires_at"] <= tx.now):
        raise Unauthorized(REFUSED, f"access token {row['id']} has expired")
    return row, user
