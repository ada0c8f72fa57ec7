"""A cloud and an OpenID provider, and what joins them: a provider `acme`, a mapping, a protocol `openid`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.asking import Asker, Heard
from tests.identity.federation.openid_provider import OpenIdProvider
from tests.identity.small_cloud import SmallCloud

DASHBOARD = "https://dashboard.test/auth/websso/"
RULES = [
    {
        "remote": [{"type": "OIDC-preferred_username"}, {"type": "OIDC-email"}],
        "local": [{"user": {"name": "{0}", "email": "{1}"}}],
    },
    {"remote": [{"type": "OIDC-groups"}], "local": [{"groups": "{0}", "domain": {"id": "default"}}]},
]
"""The first names the user, the second its groups."""


class Federation:
    """The two of them."""

    def __init__(self, cloud: SmallCloud, provider: OpenIdProvider) -> None:
        self.cloud, self.provider, self.admin = cloud, provider, cloud.member("admin")
        provider.people["ann"] = {"preferred_username": "ann", "email": "ann@acme.test", "groups": ["staff"]}
        self.map(RULES)
        acme = {"enabled": True, "remote_ids": [provider.issuer]}
        made = self.admin("PUT /OS-FEDERATION/identity_providers/acme", {"identity_provider": acme})
        assert made.code == 201, made.content
        self.domain_id = made.body["identity_provider"]["domain_id"]
        protocol = {"protocol": {"mapping_id": "people", "remote_id_attribute": "HTTP_OIDC_ISS"}}
        assert self.admin("PUT /OS-FEDERATION/identity_providers/acme/protocols/openid", protocol).code == 201
        self.group_id = self.admin("POST /groups", {"group": {"name": "staff"}}).body["group"]["id"]
        place = f"/projects/{cloud.project_id('web')}/groups/{self.group_id}/roles/{cloud.role_id('member')}"
        assert self.admin(f"PUT {place}").code == 204

    def map(self, rules: list[Any], version: str = "1.0") -> None:
        """Receive people by these rules."""
        there = self.admin("GET /OS-FEDERATION/mappings/people").code == 200
        body = {"mapping": {"rules": rules, "schema_version": version}}
        heard = self.admin(f"{'PATCH' if there else 'PUT'} /OS-FEDERATION/mappings/people", body)
        assert heard.code in (200, 201), heard.content

    def arrive(self, token: str, method: str = "GET") -> Heard:
        """Come with an access token."""
        place = "/OS-FEDERATION/identity_providers/acme/protocols/openid/auth"
        return self.cloud.stranger(f"{method} {place}", headers={"authorization": f"Bearer {token}"})

    def come(self, name: str = "ann") -> Asker:
        """Somebody with a token for nothing yet."""
        heard = self.arrive(self.provider.token_for(name))
        assert heard.code == 201, heard.content
        return Asker(self.cloud.front, self.cloud.stranger.root, heard.headers["x-subject-token"])


Federate = Callable[..., Federation]
