"""A consumer for tests: signs its requests with oauthlib's client, and goes the whole way to a token."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

from oauthlib import oauth1

from tests.asking import Asker, Heard
from tests.identity.small_cloud import ROOT, URL, SmallCloud

PUBLIC = f"{URL}{ROOT}"


class Consumer:
    """A program that an administrator has made known."""

    def __init__(self, cloud: SmallCloud) -> None:
        self.cloud, self.admin = cloud, cloud.member("admin")
        made = self.admin("POST /OS-OAUTH1/consumers", {"consumer": {}}).body["consumer"]
        self.id, self.secret = made["id"], made["secret"]
        self.token: dict[str, str] = {}

    def header(self, path: str, *, url: str = PUBLIC, at: float | None = None, **more: Any) -> str:
        """The signature of a request."""
        own = {"resource_owner_key": self.token.get("oauth_token")}
        own["resource_owner_secret"] = self.token.get("oauth_token_secret")
        stamp = str(int(seconds_of(self.cloud) if at is None else at))
        client = oauth1.Client(self.id, self.secret, timestamp=stamp, **{**own, **more})
        return str(client.sign(f"{url}{path}", "POST")[1]["Authorization"])

    def request(self, project: str = "admin", header: str | None = None) -> Heard:
        """Ask for a request token."""
        signed = self.header("/OS-OAUTH1/request_token", callback_uri="oob") if header is None else header
        headers = {"authorization": signed, "requested-project-id": self.cloud.project_id(project)}
        return self.keep(self.cloud.stranger("POST /OS-OAUTH1/request_token", headers=headers))

    def authorize(self, *roles: str, by: Asker | None = None) -> Heard:
        """Somebody says which roles the consumer may use."""
        place = f"PUT /OS-OAUTH1/authorize/{self.token['oauth_token']}"
        return (by or self.admin)(place, {"roles": [{"id": self.cloud.role_id(name)} for name in roles]})

    def access(self, verifier: str) -> Heard:
        """Exchange the request token."""
        signed = self.header("/OS-OAUTH1/access_token", verifier=verifier)
        return self.keep(self.cloud.stranger("POST /OS-OAUTH1/access_token", headers={"authorization": signed}))

    def act(self, header: str | None = None, scope: Any = None, **more: Any) -> Heard:
        """Ask for a token."""
        signed = self.header("/auth/tokens", **more) if header is None else header
        body: dict[str, Any] = {"auth": {"identity": {"methods": ["oauth1"], "oauth1": {}}}}
        if scope is not None:
            body["auth"]["scope"] = scope
        return self.cloud.stranger("POST /auth/tokens", body, headers={"authorization": signed})

    def given(self, *roles: str) -> Consumer:
        """The same, when somebody has given it these roles."""
        assert self.request().code == 201
        heard = self.authorize(*roles)
        assert heard.code == 200, heard.content
        assert self.access(heard.body["token"]["oauth_verifier"]).code == 201
        return self

    def keep(self, heard: Heard) -> Heard:
        """Remember the token of an answer."""
        if heard.code == 201:
            self.token = dict(parse_qsl(heard.content.decode()))
        return heard


def seconds_of(cloud: SmallCloud) -> float:
    """The cloud's time."""
    return time.mktime(cloud.clock.now().timetuple()) - time.timezone
