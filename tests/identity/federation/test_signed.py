"""Which signed claims are believed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jwt
import pytest
from joserfc.jwk import KeySet

from pileus.identity.federation.signed import LEEWAY, key_named, verified
from pileus.kernel.errors import Unauthorized
from tests.identity.federation.openid_provider import OpenIdProvider, new_key

NOW = datetime(2026, 1, 1)
AT = 1767225600


def read(provider: OpenIdProvider, text: str) -> dict[str, Any]:
    keys: Any = KeySet([provider.key]).as_dict(private=False)
    return verified(text, key_named(text, keys), provider.issuer, NOW)


def test_what_is_signed_and_of_the_present_is_believed(provider: OpenIdProvider):
    assert read(provider, provider.signed(sub="ann", exp=AT + 1))["sub"] == "ann"
    assert read(provider, provider.signed(sub="ann", exp=AT - LEEWAY + 1, nbf=AT + LEEWAY))["sub"] == "ann"


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "ann"},
        {"exp": AT + 1},
        {"sub": "ann", "exp": AT - LEEWAY},
        {"sub": "ann", "exp": AT + 1, "nbf": AT + LEEWAY + 1},
        {"sub": "ann", "exp": "soon"},
        {"sub": "ann", "exp": AT + 1, "iss": "https://another.test"},
    ],
)
def test_what_is_not_is_refused(provider: OpenIdProvider, claims: dict[str, Any]):
    with pytest.raises(Unauthorized):
        read(provider, provider.signed(**claims))


def test_only_the_providers_own_key_signs(provider: OpenIdProvider):
    text = provider.signed(sub="ann", exp=AT + 1)
    provider.key = new_key("first")
    with pytest.raises(Unauthorized):
        read(provider, text)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_no_algorithm_is_taken_whose_key_others_have(provider: OpenIdProvider, algorithm: str):
    public = provider.key.as_pem(private=False)
    claims = {"sub": "ann", "exp": AT + 1, "iss": provider.issuer}
    secret = "" if algorithm == "none" else "x" * 32
    text = jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": "first"})
    assert public
    with pytest.raises(Unauthorized):
        read(provider, text)
