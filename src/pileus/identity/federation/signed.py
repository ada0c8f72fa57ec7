"""Signed claims (JWT): the key that is named, the signature, the issuer, and that they are of the present."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt
from jwt.types import Options

from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.tokens import seconds_of
from pileus.kernel.errors import Unauthorized

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Only those whose signing key the provider alone has."""
_OPTIONS: Options = {
    "require": ["exp", "iss", "sub"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
}
"""Moments are compared here with the cloud's clock, and whom a token is for by who asked."""
LEEWAY = 60
"""Seconds that two clocks may be apart."""


def key_named(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK | None:
    """The key of a set that a token says it was signed with (where it names none, the set's only one)."""
    try:
        name = jwt.get_unverified_header(token).get("kid")
        found = [key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key.public_key_use in (None, "sig")]
    except jwt.PyJWTError as error:
        raise Unauthorized(REFUSED, f"no signed token: {error}") from error
    named = [key for key in found if name is None or key.key_id == name]
    return named[0] if len(named) == 1 else None


def verified(token: str, key: jwt.PyJWK | None, issuer: str, now: datetime) -> dict[str, Any]:
    """What a token says, where it was signed by that key, by that issuer, and is good now; raises Unauthorized."""
    if key is None:
        raise Unauthorized(REFUSED, "the token is signed by a key that its provider does not publish")
    try:
        claims = jwt.decode(token, key, algorithms=ALGORITHMS, issuer=issuer, options=_OPTIONS)
    except jwt.PyJWTError as error:
        raise Unauthorized(REFUSED, f"a token that is not good: {error}") from error
    at = seconds_of(now)
    begins = claims.get("nbf", at)
    if not all(isinstance(moment, int | float) for moment in (claims["exp"], begins)):
        raise Unauthorized(REFUSED, "a token whose moments are no numbers")
    if claims["exp"] + LEEWAY <= at or begins - LEEWAY > at:
        raise Unauthorized(REFUSED, "a token that has expired or is not good yet")
    return claims
