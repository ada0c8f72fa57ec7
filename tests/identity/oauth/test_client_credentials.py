"""Client credentials: an application credential for a bearer token, as RFC 6749 words it."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import urlencode

import pytest

from pileus.identity.oauth.client_credentials import issue
from tests.asking import Asker, Heard
from tests.identity.small_cloud import SmallCloud

FORM = {"content-type": "application/x-www-form-urlencoded"}


def ask(cloud: SmallCloud, basic: str | None = None, **form: str) -> Heard:
    """Ask the token endpoint."""
    headers = {**FORM, **({"authorization": f"Basic {b64encode(basic.encode()).decode()}"} if basic else {})}
    return cloud.stranger("POST /OS-OAUTH2/token", urlencode(form).encode(), headers=headers)


@pytest.fixture
def client(cloud: SmallCloud, alice: Asker) -> tuple[str, str]:
    """An application credential of Alice's."""
    place = f"POST /users/{cloud.user_id('alice')}/application_credentials"
    made = alice(place, {"application_credential": {"name": "robot", "secret": "per:cent %"}})
    return made.body["application_credential"]["id"], "per:cent %"


def test_a_bearer_token_is_good_at_every_service(cloud: SmallCloud, client: tuple[str, str]):
    name, secret = client
    for heard in (
        ask(cloud, f"{name}:{secret.replace('%', '%25')}", grant_type="client_credentials"),
        ask(cloud, grant_type="client_credentials", client_id=name, client_secret=secret),
    ):
        assert heard.code == 200, heard.content
        assert heard.headers["cache-control"] == "no-store"
        assert (heard.body["token_type"], heard.body["expires_in"]) == ("Bearer", 3600)
        bearer = {"authorization": f"Bearer {heard.body['access_token']}"}
        shown = cloud.stranger("GET /auth/projects", headers=bearer)
        assert [one["name"] for one in shown.body["projects"]] == ["web"]
        assert cloud.stranger("GET /auth/projects", headers={"authorization": "Bearer nonsense"}).code == 401


def test_refusals_are_the_rfcs(cloud: SmallCloud, client: tuple[str, str]):
    name, _ = client
    grant = {"grant_type": "client_credentials"}
    for heard, code, error in (
        (ask(cloud), 400, "invalid_request"),
        (ask(cloud, grant_type="password"), 400, "unsupported_grant_type"),
        (ask(cloud, **grant), 401, "invalid_client"),
        (ask(cloud, f"{name}:wrong", **grant), 401, "invalid_client"),
        (ask(cloud, "nobody:x", **grant), 401, "invalid_client"),
        (ask(cloud, "no colon", **grant), 401, "invalid_client"),
    ):
        assert (heard.code, heard.body["error"]) == (code, error)
        assert heard.body["error_description"]
        assert ("www-authenticate" in heard.headers) == (code == 401)


def test_the_credential_of_who_was_disabled_is_no_client(cloud: SmallCloud, admin: Asker, client: tuple[str, str]):
    admin(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"enabled": False}})
    name, secret = client
    heard = ask(cloud, grant_type="client_credentials", client_id=name, client_secret=secret)
    assert (heard.code, heard.body["error"]) == (401, "invalid_client")
    assert issue.__doc__
