"""People of another provider, programs and directories: the stock client and keystoneauth's plugins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
import yaml
from keystoneauth1 import session
from keystoneauth1.identity import v3

from tests.identity.domains.directories.slapd import running_slapd
from tests.identity.federation.federated import RULES
from tests.identity.federation.openid_provider import PROGRAM, SECRET, OpenIdProvider, running_provider
from tests.stories.throwaway import ThrowAway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ELSEWHERE = "https://other.test"


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    """An OpenID provider with Ann, whom it puts among the staff."""
    with running_provider() as found:
        found.people["ann"] = {"preferred_username": "ann", "email": "ann@acme.test", "groups": ["staff"]}
        found.people[PROGRAM] = {"preferred_username": "robot", "email": "robot@acme.test"}
        yield found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, provider: OpenIdProvider) -> Iterator[ThrowAway]:
    """A throw-away cloud whose settings know the provider."""
    place = tmp_path_factory.mktemp("federation")
    (place / "secret").write_text(SECRET)
    secret = place / "secret"
    told = {"provider": "acme", "issuer": provider.issuer, "client_id": PROGRAM, "client_secret_file": str(secret)}
    lines = ["[[identity.openid]]", *(f"{name} = {json.dumps(value)}" for name, value in told.items())]
    (place / "settings.toml").write_text("\n".join(lines))
    found = ThrowAway(place / "cloud", "--config", str(place / "settings.toml"), hosts=1)
    yield found
    found.end()


@pytest.fixture(scope="module")
def federated(cloud: ThrowAway, tmp_path_factory: pytest.TempPathFactory) -> ThrowAway:
    """The same, when an administrator has made the provider known."""
    rules = tmp_path_factory.mktemp("rules") / "rules.json"
    rules.write_text(json.dumps(RULES))
    cloud.openstack("domain", "create", "acme")
    cloud.openstack("identity", "provider", "create", "acme", "--domain", "acme", "--remote-id", "acme.test")
    cloud.openstack("mapping", "create", "people", "--rules", str(rules))
    cloud.openstack("federation", "protocol", "create", "openid", "--identity-provider", "acme", "--mapping", "people")
    cloud.openstack("group", "create", "staff", "--domain", "default")
    cloud.openstack("role", "add", "member", "--group", "staff", "--group-domain", "default", "--project", "pileus")
    return cloud


def test_what_federation_is_made_of_is_shown_changed_and_removed(federated: ThrowAway, tmp_path: Path) -> None:
    assert federated.told("identity", "provider", "show", "acme")["remote_ids"] == ["acme.test"]
    federated.openstack("identity", "provider", "set", "acme", "--disable", "--authorization-ttl", "5")
    assert federated.told("identity", "provider", "show", "acme")["enabled"] is False
    federated.openstack("identity", "provider", "set", "acme", "--enable")
    assert federated.column("ID", "mapping", "list") == {"people"}
    assert (
        federated.told("federation", "protocol", "show", "openid", "--identity-provider", "acme")["mapping"] == "people"
    )
    places = ["--auth-url", f"{ELSEWHERE}/auth", "--service-provider-url", f"{ELSEWHERE}/sp"]
    federated.openstack("service", "provider", "create", "other", *places)
    assert federated.column("ID", "service", "provider", "list") == {"other"}
    federated.openstack("service", "provider", "delete", "other")
    federated.openstack("mapping", "create", "spare", "--rules", str(_file(tmp_path, RULES[:1])))
    federated.openstack("mapping", "set", "spare", "--rules", str(_file(tmp_path, RULES)))
    assert len(federated.told("mapping", "show", "spare")["rules"]) == 2
    federated.openstack("mapping", "delete", "spare")


def _file(place: Path, rules: list[Any]) -> Path:
    file = place / f"{len(rules)}.json"
    file.write_text(json.dumps(rules))
    return file


def plugins(cloud: ThrowAway, provider: OpenIdProvider) -> dict[str, Any]:
    """Every way in which keystoneauth comes with OpenID's tokens."""
    where: dict[str, Any] = {"auth_url": f"{cloud.url}/identity/v3", "identity_provider": "acme", "protocol": "openid"}
    to_project: dict[str, Any] = {"project_name": "pileus", "project_domain_id": "default"}
    us = {"client_id": PROGRAM, "client_secret": SECRET}
    ask = {**where, **us, "access_token_endpoint": f"{provider.issuer}/token"}
    back = "http://127.0.0.1/back"
    return {
        "password": v3.OidcPassword(**ask, **to_project, username="ann", password="ann's password"),
        "code": v3.OidcAuthorizationCode(**ask, **to_project, redirect_uri=back, code=_code(provider, back)),
        "token": v3.OidcAccessToken(**where, **to_project, access_token=provider.token_for("ann")),
        "program": v3.OidcClientCredentials(**ask),
    }


def _code(provider: OpenIdProvider, back: str) -> str:
    """An authorization code, as a browser would bring it."""
    query = {
        "response_type": "code",
        "client_id": PROGRAM,
        "redirect_uri": back,
        "scope": "openid",
        "login_hint": "ann",
    }

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        build_opener(Stay).open(f"{provider.issuer}/authorize?{urlencode(query)}&scope=openid", timeout=10)
    except HTTPError as answer:
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    raise AssertionError("the provider gave no code")


@pytest.mark.parametrize("way", ["password", "code", "token", "program"])
def test_people_come_by_every_plugin(federated: ThrowAway, provider: OpenIdProvider, way: str) -> None:
    auth = plugins(federated, provider)[way]
    access = auth.get_access(session.Session(auth))
    assert access.is_federated
    assert access.username == ("robot" if way == "program" else "ann")
    assert access.project_name == (None if way == "program" else "pileus")


def test_the_stock_client_works_as_somebody_of_the_provider(federated: ThrowAway, provider: OpenIdProvider) -> None:
    options = {
        "auth-type": "v3oidcpassword",
        "auth-url": f"{federated.url}/identity/v3",
        "identity-provider": "acme",
        "protocol": "openid",
        "client-id": PROGRAM,
        "client-secret": SECRET,
        "access-token-endpoint": f"{provider.issuer}/token",
        "username": "ann",
        "password": "ann's password",
        "project-name": "pileus",
        "project-domain-id": "default",
        "identity-api-version": "3",
    }
    words = [word for name, value in options.items() for word in (f"--os-{name}", value)]
    issued = federated.told(*words, "token", "issue", cloud="")
    ann = federated.told("user", "show", issued["user_id"])
    assert (ann["name"], ann["email"]) == ("ann", "ann@acme.test")
    assert federated.told(*words, "server", "list", cloud="") == []


def test_a_consumer_is_let_in_with_the_roles_somebody_gives_it(cloud: ThrowAway) -> None:
    consumer = cloud.told("consumer", "create", "--description", "a clock")
    key = ["--consumer-key", consumer["id"], "--consumer-secret", consumer["secret"]]
    request = cloud.told("request", "token", "create", *key, "--project", "admin")
    verifier = cloud.told("request", "token", "authorize", "--request-key", request["id"], "--role", "member")
    access = cloud.told(
        *("access", "token", "create", *key),
        *("--request-key", request["key"] if "key" in request else request["id"]),
        *("--request-secret", request["secret"], "--verifier", verifier["oauth_verifier"]),
    )
    assert access["secret"]
    assert consumer["id"] in cloud.column("ID", "consumer", "list")
    cloud.openstack("consumer", "delete", consumer["id"])


def test_an_application_credential_is_a_client_of_oauth_2(cloud: ThrowAway) -> None:
    told = cloud.told("application", "credential", "create", "robot", cloud="pileus")
    made = {name.lower(): value for name, value in told.items()}
    url = f"{cloud.url}/identity/v3"
    auth = v3.OAuth2ClientCredential(
        auth_url=url,
        oauth2_endpoint=f"{url}/OS-OAUTH2/token",
        oauth2_client_id=made["id"],
        oauth2_client_secret=made["secret"],
    )
    headers = session.Session(auth).get_auth_headers()
    assert headers is not None
    bearer = headers["Authorization"]
    assert bearer.startswith("Bearer ")
    answer = session.Session().get(f"{url}/auth/projects", headers={"Authorization": bearer}, authenticated=False)
    assert [one["name"] for one in answer.json()["projects"]] == ["pileus"]


def test_a_domain_keeps_its_users_in_a_real_directory(cloud: ThrowAway, tmp_path: Path) -> None:
    with running_slapd(tmp_path / "slapd") as slapd:
        slapd.put_person("b1", "bob", "bob's", email="bob@birch.test")
        slapd.put_team("makers", ["b1"])
        domain_id = cloud.told("domain", "create", "birch")["id"]
        own = v3.Password(**_login(cloud))
        config = {"config": {"identity": {"driver": "ldap"}, "ldap": slapd.options}}
        place = f"{cloud.url}/identity/v3/domains/{domain_id}/config"
        assert session.Session(own).put(place, json=config).status_code == 201
        url = f"{cloud.url}/identity/v3"
        bob = v3.Password(auth_url=url, username="bob", user_domain_name="birch", password="bob's")
        assert bob.get_access(session.Session(bob)).username == "bob"
        assert cloud.column("Name", "user", "list", "--domain", "birch") == {"bob"}
        assert cloud.column("Name", "group", "list", "--domain", "birch") == {"makers"}
        refused = cloud.ran("user", "create", "--domain", "birch", "carl")
        assert refused.returncode != 0
        assert "403" in refused.stderr


def _login(cloud: ThrowAway) -> dict[str, Any]:
    """How the administrator logs in."""
    secret = yaml.safe_load((cloud.directory / "secure.yaml").read_text())["clouds"]["pileus-admin"]["auth"]
    return {**cloud.clouds()["pileus-admin"]["auth"], **secret, "auth_url": f"{cloud.url}/identity/v3"}
