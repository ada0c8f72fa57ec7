"""An OpenID provider on loopback for tests: authlib's server, with a few people and two programs that may ask it.

It knows the grants that keystoneauth has plugins for, tells what access tokens are worth, and makes them opaque or
signed, as it is told.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

PROGRAM, SECRET = "pileus", "known to both"
OTHER_PROGRAM = "somebody-else"
_BOTH = ("client_secret_basic", "client_secret_post")


class Program:
    """A client of the provider; both programs may do everything."""

    def __init__(self, name: str) -> None:
        self.client_id = name

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri.startswith("http")

    def check_client_secret(self, given: str) -> bool:
        return given == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in _BOTH

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return True


class Code(dict[str, Any]):
    """An authorization code and what it was given out for."""

    def get_redirect_uri(self) -> str:
        return str(self["redirect_uri"])

    def get_scope(self) -> str:
        return str(self["scope"])

    @property
    def code_challenge(self) -> Any:
        return self["code_challenge"]

    @property
    def code_challenge_method(self) -> Any:
        return self["code_challenge_method"]


class OpenIdProvider:
    """The provider: its people (name → claims), its tokens, its keys."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, Code] = {}
        self.key = new_key("first")
        self.signs_access_tokens = False
        self.issuer = ""
        self.more_claims: dict[str, Any] = {}
        """Put into what it signs, over what it would say by itself."""
        self.asked: list[str] = []
        self.app = Flask("openid-provider")
        self.app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = self.new_token
        self.app.before_request(lambda: self.asked.append(request.path))
        self._serve()

    def token_for(self, name: str, program: str = PROGRAM) -> str:
        """An access token, as if somebody had just logged in to a program."""
        text = self.new_token(Program(program), "password", name)
        self.tokens[text] = {"sub": name, "client_id": program, "exp": int(time.time()) + 3600}
        return text

    def signed(self, **claims: Any) -> str:
        """Claims under the provider's signature."""
        header = {"alg": "RS256", "kid": self.key.kid}
        return str(jwt.encode(header, {"iss": self.issuer, **claims, **self.more_claims}, self.key))

    def new_token(self, client: Any, grant_type: str, user: Any = None, scope: str = "", **_: Any) -> str:
        """The text of an access token."""
        if not self.signs_access_tokens:
            return secrets.token_urlsafe(24)
        name, now = user or client.client_id, int(time.time())
        told = {"sub": name, "aud": client.client_id, "exp": now + 3600, "iat": now, "jti": secrets.token_hex(8)}
        return self.signed(**{**told, **self.people.get(name, {})})

    def _keep(self, token: dict[str, Any], asked: Any) -> None:
        program = asked.client.client_id
        until = int(time.time()) + token["expires_in"]
        self.tokens[token["access_token"]] = {"sub": asked.user or program, "client_id": program, "exp": until}

    def _serve(self) -> None:
        programs = {name: Program(name) for name in (PROGRAM, OTHER_PROGRAM)}
        server = AuthorizationServer(self.app, query_client=programs.get, save_token=self._keep)
        server.register_grant(_by_code(self), [CodeChallenge(required=False)])
        server.register_grant(_by_password(self))
        server.register_grant(_by_itself())
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self._describe)
        self.app.add_url_rule("/keys", "keys", lambda: jsonify(KeySet([self.key]).as_dict(private=False)))
        self.app.add_url_rule("/token", "token", server.create_token_response, methods=["POST"])
        self.app.add_url_rule("/introspect", view_func=self._introspect, methods=["POST"])
        self.app.add_url_rule("/userinfo", view_func=self._userinfo)
        self.app.add_url_rule("/authorize", "authorize", lambda: self._authorize(server))

    def _describe(self) -> Any:
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "introspection_endpoint": "introspect",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
        }
        return jsonify({"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in places.items()}})

    def _authorize(self, server: Any) -> Any:
        """Whoever is named in the query has logged in."""
        return server.create_authorization_response(grant_user=request.args["login_hint"])

    def _introspect(self) -> Any:
        known = self.tokens.get(request.form["token"])
        right = request.authorization is not None and request.authorization.password in (SECRET, "known%20to%20both")
        return jsonify({"active": True, **known} if known and right else {"active": False})

    def _userinfo(self) -> Any:
        known = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if known is None:
            return jsonify(error="invalid_token"), 401
        return jsonify({"sub": known["sub"], **self.people.get(known["sub"], {})})


def new_key(name: str) -> RSAKey:
    """A key to sign with."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


def _by_code(provider: OpenIdProvider) -> type[Any]:
    class ByCode(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = _BOTH

        def save_authorization_code(self, code: str, asked: Any) -> None:
            given = {
                name: asked.payload.data.get(name) for name in ("nonce", "code_challenge", "code_challenge_method")
            }
            known = {"sub": asked.user, "scope": asked.payload.scope, "redirect_uri": asked.payload.redirect_uri}
            provider.codes[code] = Code(**given, **known)

        def query_authorization_code(self, code: str, client: Program) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, known: Code) -> None:
            provider.codes = {code: one for code, one in provider.codes.items() if one is not known}

        def authenticate_user(self, known: Code) -> str:
            return str(known["sub"])

        def generate_token(self, *args: Any, **more: Any) -> dict[str, Any]:
            token: dict[str, Any] = super().generate_token(*args, **more)
            asked = self.request
            nonce = asked.authorization_code["nonce"]
            told = {"sub": asked.user, "aud": asked.client.client_id, "exp": int(time.time()) + 600, "nonce": nonce}
            return {**token, "id_token": provider.signed(**told)}

    return ByCode


def _by_password(provider: OpenIdProvider) -> type[Any]:
    class ByPassword(grants.ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = _BOTH

        def authenticate_user(self, name: str, password: str) -> str | None:
            return name if name in provider.people and password == f"{name}'s password" else None

    return ByPassword


def _by_itself() -> type[Any]:
    class ByItself(grants.ClientCredentialsGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = _BOTH

    return ByItself


@contextmanager
def running_provider() -> Iterator[OpenIdProvider]:
    """A provider on a free port of loopback."""
    provider = OpenIdProvider()
    server = make_server("127.0.0.1", 0, provider.app, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
