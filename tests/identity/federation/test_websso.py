"""A browser goes from a dashboard to the provider and comes back; what it carries cannot be another's."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pileus.identity.federation.websso import COOKIE, SECONDS
from tests.asking import Asker, Heard
from tests.identity.federation.federated import DASHBOARD, Federation

PLACE = "/auth/OS-FEDERATION/identity_providers/acme/protocols/openid/websso"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Browser:
    """Remembers its cookie, and goes where it is sent by itself."""

    def __init__(self, federation: Federation, place: str = PLACE) -> None:
        self.federation = federation
        self.left = federation.cloud.stranger(f"GET {place}", origin=DASHBOARD)
        self.cookie = self.left.headers.get("set-cookie", "").partition(";")[0]

    @property
    def asked(self) -> Mapping[str, list[str]]:
        """What the provider is asked."""
        return parse_qs(urlsplit(self.left.headers["location"]).query)

    def log_in(self, name: str = "ann") -> dict[str, str]:
        """Log in at the provider: the query it comes back with."""
        try:
            urllib.request.build_opener(_Stay).open(f"{self.left.headers['location']}&login_hint={name}", timeout=10)
        except urllib.error.HTTPError as answer:
            back = urlsplit(answer.headers["location"])
        assert back.path == f"/identity/v3{PLACE}/return"
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    def come_back(self, query: Mapping[str, str], cookie: str | None = None) -> Heard:
        """Bring the code."""
        headers = {"cookie": self.cookie if cookie is None else cookie}
        return self.federation.cloud.stranger(f"GET {PLACE}/return", headers=headers, **query)


@pytest.mark.parametrize("place", [PLACE, "/auth/OS-FEDERATION/websso/openid"])
def test_a_browser_that_logs_in_takes_a_token_to_the_dashboard(federation: Federation, place: str):
    browser = Browser(federation, place)
    assert browser.left.code == 302
    assert "HttpOnly" in browser.left.headers["set-cookie"]
    page = browser.come_back(browser.log_in())
    assert page.code == 200
    assert page.headers["content-type"].startswith("text/html")
    text = page.content.decode()
    (token,) = re.findall(r'name="token" value="([^"]+)"', text)
    assert f'action="{DASHBOARD}"' in text
    ann = Asker(federation.cloud.front, federation.cloud.stranger.root, token)
    assert [one["name"] for one in ann("GET /auth/projects").body["projects"]] == ["web"]


def test_what_the_provider_is_asked_binds_code_and_browser(federation: Federation):
    first, second = Browser(federation), Browser(federation)
    assert first.asked["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert first.asked[name] != second.asked[name]


def test_only_the_browser_that_left_may_come_back(federation: Federation):
    mine, others = Browser(federation), Browser(federation)
    query = mine.log_in()
    assert others.come_back(query).code == 401
    assert mine.come_back(query, "").code == 401
    assert mine.come_back(query, f"{COOKIE}=forged").code == 401
    assert mine.come_back({**query, "state": "other"}).code == 401
    assert mine.come_back({"state": query["state"], "error": "access_denied"}).code == 401
    assert mine.come_back(query, f"{COOKIE}={federation.admin.token}").code == 401
    assert mine.come_back(query).code == 200
    assert mine.come_back(query).code == 401, "a code is good once"


def test_a_login_that_takes_too_long_is_refused(federation: Federation):
    browser = Browser(federation)
    query = browser.log_in()
    federation.cloud.clock.forward(SECONDS + 1)
    assert browser.come_back(query).code == 401


@pytest.mark.parametrize(
    "claims", [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://another.test"}, {"exp": 1}, {"exp": "soon"}]
)
def test_an_id_token_of_another_login_is_refused(federation: Federation, claims: dict[str, Any]):
    federation.provider.more_claims = claims
    browser = Browser(federation)
    assert browser.come_back(browser.log_in()).code == 401


@pytest.mark.parametrize("origin", ["", "https://evil.test/", DASHBOARD.rstrip("/"), f"{DASHBOARD}x"])
def test_only_dashboards_the_settings_name_get_tokens(federation: Federation, origin: str):
    assert federation.cloud.stranger(f"GET {PLACE}", origin=origin).code == 401


def test_a_protocol_of_several_providers_does_not_say_which(federation: Federation):
    federation.admin("PUT /OS-FEDERATION/identity_providers/other", {"identity_provider": {"enabled": True}})
    body = {"protocol": {"mapping_id": "people"}}
    federation.admin("PUT /OS-FEDERATION/identity_providers/other/protocols/openid", body)
    heard = federation.cloud.stranger("GET /auth/OS-FEDERATION/websso/openid", origin=DASHBOARD)
    assert heard.code == 400
