"""What is believed of an OpenID provider, and how often it is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pileus.identity.federation.openid import EAGER, FRESH
from tests.identity.federation.federated import Federate, Federation
from tests.identity.federation.openid_provider import OpenIdProvider, new_key


def test_its_description_and_keys_are_asked_for_once(federate: Federate, provider: OpenIdProvider):
    federation = federate(access_tokens="jwt")
    provider.signs_access_tokens = True
    for _ in range(3):
        assert federation.arrive(provider.token_for("ann")).code == 201
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
    federation.cloud.clock.forward(FRESH.total_seconds() - 1)
    provider.more_claims = {"exp": 2**33}
    assert federation.arrive(provider.token_for("ann")).code == 201
    assert len(provider.asked) == 2
    federation.cloud.clock.forward(1)
    assert federation.arrive(provider.token_for("ann")).code == 201
    assert len(provider.asked) == 4


def test_a_new_key_is_found_and_an_unknown_one_does_not_wear_the_provider_out(
    federate: Federate, provider: OpenIdProvider
):
    federation = federate(access_tokens="jwt")
    provider.signs_access_tokens = True
    assert federation.arrive(provider.token_for("ann")).code == 201
    old, provider.key = provider.key, new_key("second")
    federation.cloud.clock.forward(EAGER.total_seconds())
    assert federation.arrive(provider.token_for("ann")).code == 201
    provider.key = new_key("third")
    forged = provider.token_for("ann")
    provider.key = old
    asked = len(provider.asked)
    for _ in range(5):
        assert federation.arrive(forged).code == 401
    assert len(provider.asked) == asked


def test_a_signed_token_of_another_time_is_refused(federate: Federate, provider: OpenIdProvider):
    federation = federate(access_tokens="jwt")
    provider.signs_access_tokens = True
    token = provider.token_for("ann")
    federation.cloud.clock.forward(timedelta(hours=2).total_seconds())
    assert federation.arrive(token).code == 401
    provider.more_claims = {"exp": 2**33, "nbf": 2**32}
    assert federation.arrive(provider.token_for("ann")).code == 401


def test_a_wrong_secret_or_a_dead_provider_lets_nobody_in(federate: Federate, federation: Federation, tmp_path):
    token = federation.provider.token_for("ann")
    (tmp_path / "secret").write_text("wrong")
    assert federation.arrive(token).code == 401
    away = federate(issuer="http://127.0.0.1:9")
    assert away.arrive(token).code == 503


@pytest.mark.parametrize("issuer", ["file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense"])
def test_only_addresses_of_http_are_fetched(federate: Federate, issuer: str):
    assert federate(issuer=issuer).arrive("x").code == 503
