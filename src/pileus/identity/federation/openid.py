"""OpenID providers: what one says of somebody, by an access token or by a code that a browser brought."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pileus.identity.auth.proof import REFUSED
from pileus.identity.federation.fetch import fetch
from pileus.identity.federation.signed import key_named, verified
from pileus.identity.settings import IdentitySettings, OpenIdClient
from pileus.kernel.errors import Missing, Unauthorized, Unavailable

Claims = Mapping[str, Any]

FRESH = timedelta(hours=1)
"""How long a provider's description and its keys are believed."""
EAGER = timedelta(minutes=1)
"""How soon keys are fetched again for a signature by a key that is not known."""


@dataclass
class _Known:
    """A document that was fetched, and when."""

    at: datetime
    content: Any


class OpenIds:
    """The OpenID providers the settings name; one of the cloud's parts."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._clients = {(one.provider, one.protocol): one for one in settings.openid}
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def client_of(self, provider_id: str, protocol_id: str) -> OpenIdClient:
        """What we are to the provider behind a protocol; raises Missing where the settings do not say."""
        found = self._clients.get((provider_id, protocol_id))
        if found is None:
            raise Missing(f"Could not find an OpenID client for {protocol_id} of {provider_id}.")
        return found

    def of_access_token(self, client: OpenIdClient, token: str, now: datetime) -> Claims:
        """What the provider says of who holds an access token; raises Unauthorized, Unavailable."""
        ways: dict[str, Callable[[OpenIdClient, str, datetime], Claims]] = {
            "jwt": self._read,
            "introspection": self._inspect,
            "userinfo": self._ask,
        }
        return ways[client.access_tokens](client, token, now)

    def authorization_url(self, client: OpenIdClient, now: datetime) -> str:
        """Where a browser is sent."""
        return self._place(client, "authorization_endpoint", now)

    def redeem(self, client: OpenIdClient, form: Mapping[str, str], nonce: str, now: datetime) -> Claims:
        """What the provider says of who brought a code; raises Unauthorized, Unavailable."""
        heard = self._post(client, "token_endpoint", form, now)
        claims = self._verified(client, str(heard.get("id_token", "")), now)
        if claims.get("nonce") != nonce or not _is_for(client, claims, "aud"):
            raise Unauthorized(REFUSED, "the id token is another login's")
        if "userinfo_endpoint" in self._described(client, now) and heard.get("access_token"):
            more = self._ask(client, str(heard["access_token"]), now)
            return {**more, **claims} if more.get("sub") == claims.get("sub") else claims
        return claims

    def _read(self, client: OpenIdClient, token: str, now: datetime) -> Claims:
        claims = self._verified(client, token, now)
        if not _is_for(client, claims, "aud", "azp", "client_id"):
            raise Unauthorized(REFUSED, "the access token is for another program")
        return claims

    def _inspect(self, client: OpenIdClient, token: str, now: datetime) -> Claims:
        heard = self._post(client, "introspection_endpoint", {"token": token}, now)
        if heard.get("active") is not True or not _is_for(client, heard, "aud", "client_id"):
            raise Unauthorized(REFUSED, "the access token is not active, or is for another program")
        if "userinfo_endpoint" not in self._described(client, now):
            return heard
        return {**heard, **self._ask(client, token, now)}

    def _ask(self, client: OpenIdClient, token: str, now: datetime) -> Claims:
        place = self._place(client, "userinfo_endpoint", now)
        return {"iss": client.issuer, **_object(fetch(place, headers={"authorization": f"Bearer {token}"}))}

    def _post(self, client: OpenIdClient, endpoint: str, form: Mapping[str, str], now: datetime) -> Claims:
        """Ask as the program we are; one without a secret only says its name."""
        place, headers = self._place(client, endpoint, now), {}
        if client.client_secret_file:
            secret = Path(client.client_secret_file).read_text().strip()
            pair = f"{quote(client.client_id, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form = {**form, "client_id": client.client_id}
        return _object(fetch(place, headers=headers, form=form))

    def _verified(self, client: OpenIdClient, token: str, now: datetime) -> Claims:
        place = self._place(client, "jwks_uri", now)
        key = key_named(token, _object(self._fetched(place, now, FRESH)))
        if key is None:
            key = key_named(token, _object(self._fetched(place, now, EAGER)))
        return verified(token, key, client.issuer, now)

    def _place(self, client: OpenIdClient, endpoint: str, now: datetime) -> str:
        found = self._described(client, now).get(endpoint)
        if not isinstance(found, str):
            raise Unavailable("The identity provider does not offer that.", f"{client.issuer} has no {endpoint}")
        return found

    def _described(self, client: OpenIdClient, now: datetime) -> Claims:
        place = f"{client.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _object(self._fetched(place, now, FRESH))
        if found.get("issuer") != client.issuer:
            raise Unavailable("The identity provider does not answer well.", f"{place} describes {found.get('issuer')}")
        return found

    def _fetched(self, url: str, now: datetime, fresh: timedelta) -> Any:
        with self._lock:
            known = self._known.get(url)
        if known is None or now - known.at >= fresh:
            known = _Known(now, fetch(url))
            with self._lock:
                self._known[url] = known
        return known.content


def _is_for(client: OpenIdClient, claims: Claims, *names: str) -> bool:
    """Whether one of these claims names us."""
    us = {client.client_id, *client.audiences}
    told = [claims.get(name) for name in names]
    return any(one in us for each in told for one in (each if isinstance(each, list) else [each]))


def _object(content: Any) -> Claims:
    if not isinstance(content, dict):
        raise Unavailable(
            "The identity provider does not answer well.", "it answered with something else than an object"
        )
    return content
