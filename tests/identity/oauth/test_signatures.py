"""Signatures: who signed what, when, and only once."""

from __future__ import annotations

import pytest
from oauthlib import oauth1

from pileus.identity.oauth.signatures import SPAN, read_signed
from pileus.kernel.errors import Invalid
from tests.identity.oauth.signing import PUBLIC, Consumer, seconds_of
from tests.identity.small_cloud import SmallCloud

PLACE = "/OS-OAUTH1/request_token"


@pytest.mark.parametrize("method", [oauth1.SIGNATURE_HMAC_SHA1, oauth1.SIGNATURE_HMAC_SHA256])
def test_both_ways_of_signing_are_understood(cloud: SmallCloud, method: str):
    consumer = Consumer(cloud)
    assert consumer.request(header=consumer.header(PLACE, signature_method=method)).code == 201


def test_a_request_is_heard_once(either: SmallCloud):
    consumer = Consumer(either)
    header = consumer.header(PLACE)
    assert consumer.request(header=header).code == 201
    assert consumer.request(header=header).code == 401
    consumer.token = {}
    assert consumer.request().code == 201


@pytest.mark.parametrize("away", [-SPAN - 1, SPAN + 1])
def test_a_request_of_another_time_is_refused(cloud: SmallCloud, away: int):
    consumer = Consumer(cloud)
    assert consumer.request(header=consumer.header(PLACE, at=seconds_of(cloud) + away)).code == 401
    within = away + (1 if away < 0 else -1)
    assert consumer.request(header=consumer.header(PLACE, at=seconds_of(cloud) + within)).code == 201


def test_what_is_signed_for_another_place_or_by_another_secret_is_refused(cloud: SmallCloud):
    consumer = Consumer(cloud)
    assert consumer.request(header=consumer.header("/OS-OAUTH1/access_token")).code == 401
    assert consumer.request(header=consumer.header(PLACE, url="http://other.test/identity/v3")).code == 401
    tampered = consumer.header(PLACE, callback_uri="oob").replace("oob", "elsewhere")
    assert consumer.request(header=tampered).code == 401
    consumer.secret = "wrong"
    assert consumer.request().code == 401
    consumer.id = "0" * 32
    assert consumer.request().code == 404


def test_the_address_by_which_it_was_reached_may_be_signed(cloud: SmallCloud):
    consumer = Consumer(cloud)
    signed = consumer.header(PLACE, url=PUBLIC.replace("cloud.test", "10.0.0.1:8770"))
    headers = {"authorization": signed, "requested-project-id": cloud.project_id("web")}
    assert cloud.stranger(f"POST {PLACE}", headers={**headers, "host": "10.0.0.2"}).code == 401
    assert cloud.stranger(f"POST {PLACE}", headers={**headers, "host": "10.0.0.1:8770"}).code == 201


_FINE = {
    "oauth_consumer_key": "a",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_nonce": "b",
    "oauth_timestamp": "1",
    "oauth_signature": "c",
}


def header(**told: str) -> str:
    return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in told.items())


def test_a_header_is_read():
    assert read_signed(header(**_FINE)).timestamp == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Basic YTpi",
        "OAuth",
        "OAuth nonsense",
        *(header(**{name: value for name, value in _FINE.items() if name != left}) for left in _FINE),
        header(**_FINE | {"oauth_timestamp": "soon"}),
        header(**_FINE | {"oauth_signature_method": "PLAINTEXT"}),
        header(**_FINE | {"oauth_version": "2.0"}),
        header(**_FINE | {"oauth_nonce": "x" * 5000}),
    ],
)
def test_what_is_no_signature_is_refused(text: str):
    with pytest.raises(Invalid):
        read_signed(text)
