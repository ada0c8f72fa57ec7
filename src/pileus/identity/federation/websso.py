"""A browser logs in: from a dashboard to the identity provider, back with a code, and on with a token.

What must be the same at both ends (state, nonce, verifier, dashboard) travels in a sealed cookie, so that only the
browser that began can finish, and nothing is stored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from pileus.identity.api import identity
from pileus.identity.auth.issue import SUBJECT, issued
from pileus.identity.auth.keys import TokenKeys
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.tokens import seconds_of
from pileus.identity.federation.arrival import attributes_of, received
from pileus.identity.federation.openid import Claims, OpenIds
from pileus.identity.federation.protocols import protocols_named
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Unauthorized
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Store, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Departure(Resource):
    """A browser that a dashboard has sent here."""

    idp_id: str = given("do", default="", path=True)
    protocol_id: str = given("do", path=True)
    origin: str = given("do", default="")


class Return(Resource):
    """A browser that the identity provider has sent back."""

    idp_id: str = given("do", path=True)
    protocol_id: str = given("do", path=True)
    code: str = given("do", default="")
    state: str = given("do", default="")
    cookie: str = given("do", default="", header=True, wire="cookie")


class Journey(msgspec.Struct, frozen=True):
    """What a browser carries from its departure to its return."""

    idp_id: str
    protocol_id: str
    origin: str
    state: str
    nonce: str
    verifier: str
    until: int


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

SECONDS = 600
"""How long somebody may take to log in at the identity provider."""
COOKIE = "pileus-websso"
_HERE = "/auth/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/websso"


def _depart(store: Store, who: Caller, asked: Departure) -> Answer:
    """Where the browser goes, with what it carries; raises Unauthorized, Missing, Invalid."""
    if asked.origin not in store.part(IdentitySettings).trusted_dashboards:
        raise Unauthorized(f"{asked.origin} is not a trusted dashboard host", "a login for a dashboard not trusted")
    idp_id = asked.idp_id or store.read(_only_provider, asked.protocol_id)
    now = store.clock.now()
    openids = store.part(OpenIds)
    client = openids.client_of(idp_id, asked.protocol_id)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    journey = Journey(idp_id, asked.protocol_id, asked.origin, state, nonce, verifier, seconds_of(now) + SECONDS)
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": _place_of_return(store, idp_id, asked.protocol_id),
        "scope": " ".join(client.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    place = openids.authorization_url(client, now)
    sealed = store.part(TokenKeys).seal(msgspec.json.encode(journey), seconds_of(now))
    location = f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"
    return Answer(headers=[("location", location), _cookie(store, sealed, SECONDS), ("cache-control", "no-store")])


def _only_provider(tx: Tx, protocol_id: str) -> str:
    """The provider behind a protocol's name, where there is just one with a client of ours."""
    found = [row["provider_id"] for row in protocols_named(tx, protocol_id)]
    if len(found) != 1:
        raise Invalid(f"The identity provider must be named: {len(found)} have a protocol {protocol_id}.")
    return str(found[0])


def _redeem(store: Store, who: Caller, asked: Return) -> tuple[Journey, Claims]:
    """Exchange the code for claims; raises Unauthorized unless this browser began the journey."""
    now = store.clock.now()
    journey = _journey(store, asked)
    here = (journey.idp_id, journey.protocol_id) == (asked.idp_id, asked.protocol_id)
    known = hmac.compare_digest(journey.state.encode(), asked.state.encode())
    if not here or not known or journey.until <= seconds_of(now) or not asked.code:
        raise Unauthorized(REFUSED, "a code comes back with another state than it left with, or too late")
    openids = store.part(OpenIds)
    client = openids.client_of(asked.idp_id, asked.protocol_id)
    form = {
        "grant_type": "authorization_code",
        "code": asked.code,
        "redirect_uri": _place_of_return(store, asked.idp_id, asked.protocol_id),
        "code_verifier": journey.verifier,
    }
    return journey, openids.redeem(client, form, journey.nonce, now)


def _journey(store: Store, asked: Return) -> Journey:
    try:
        carried = SimpleCookie(asked.cookie).get(COOKIE)
        content = store.part(TokenKeys).open(carried.value) if carried else None
        return msgspec.json.decode(content or b"", type=Journey)
    except (CookieError, msgspec.MsgspecError) as error:
        raise Unauthorized(REFUSED, "a code comes back without what it left with") from error


def _place_of_return(store: Store, idp_id: str, protocol_id: str) -> str:
    path = _HERE.format(idp_id=quote(idp_id, safe=""), protocol_id=quote(protocol_id, safe=""))
    return f"{store.part(PublicUrl).value}{identity.root}{path}/return"


def _challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _cookie(store: Store, value: str, seconds: int) -> tuple[str, str]:
    secure = "; Secure" if store.part(PublicUrl).value.startswith("https:") else ""
    path = f"{identity.root}/auth/OS-FEDERATION"
    return ("set-cookie", f"{COOKIE}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Lax{secure}")


def _page(token: str, origin: str, nonce: str) -> bytes:
    """A page that takes the token to the dashboard, by itself or at a click."""
    where, what = html.escape(origin, quote=True), html.escape(token, quote=True)
    return (
        '<!DOCTYPE html><html lang="en"><head><title>Logging in</title></head><body>'
        f'<form method="post" action="{where}"><input type="hidden" name="token" value="{what}">'
        "<button>Continue</button></form>"
        f'<script nonce="{nonce}">document.forms[0].submit()</script></body></html>'
    ).encode()


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route(f"GET {_HERE}", Departure, public=True, pool="abroad", prepare=_depart, code=302)
@identity.route(
    "GET /auth/OS-FEDERATION/websso/{protocol_id}", Departure, public=True, pool="abroad", prepare=_depart, code=302
)
def depart(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Departure) -> Answer:
    """Send a browser to the identity provider."""
    found: Answer = asked.prepared
    return found


@identity.route(f"GET {_HERE}/return", Return, public=True, pool="abroad", prepare=_redeem, writes=True)
def come_back(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Return) -> Answer:
    """Receive who logged in, and take a token to the dashboard."""
    journey, claims = asked.prepared
    answer = issued(tx, received(tx, asked.idp_id, asked.protocol_id, attributes_of(claims)), "unscoped")
    token = dict(answer.headers).get(SUBJECT)
    if token is None:
        return answer
    nonce = secrets.token_urlsafe(16)
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", f"default-src 'none'; script-src 'nonce-{nonce}'; frame-ancestors 'none'"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
    ]
    return Answer(_page(token, journey.origin, nonce), headers, raw=True)
