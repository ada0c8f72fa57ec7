"""How people and programs prove who they are, with the stock client, keystoneauth's plugins and a stock signer."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

from pileus.identity.auth.passcodes import WINDOW, passcode
from tests.stories.throwaway import ThrowAway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThrowAway]:
    made = ThrowAway(tmp_path_factory.mktemp("identity") / "state", hosts=1)
    yield made
    made.end()


class Person:
    """Somebody with a project, by the stock client."""

    def __init__(self, cloud: ThrowAway, name: str) -> None:
        self.name, self.url = name, f"{cloud.url}/identity/v3"
        self.project_id = cloud.told("project", "create", f"{name}s")["id"]
        made = cloud.told("user", "create", name, "--password", PASSWORD, "--project", self.project_id)
        self.user_id = made["id"]
        for role in ("member", "reader"):
            cloud.openstack("role", "add", "--user", self.user_id, "--project", self.project_id, role)

    def session(self, plugin: Any) -> session.Session:
        """A session by one of keystoneauth's plugins."""
        return session.Session(plugin)

    @property
    def by_password(self) -> v3.Password:
        """The plugin that most use."""
        named: dict[str, Any] = {"username": self.name, "user_domain_id": "default", "project_id": self.project_id}
        return v3.Password(self.url, password=PASSWORD, **named)


class Device:
    """What somebody carries to be shown passcodes; each is taken once, so the earlier ones are used first."""

    def __init__(self, owner: Person) -> None:
        self._secret = base64.b32encode(f"{owner.name}'s own secret key".encode()).decode().rstrip("=")
        credential = {"type": "totp", "blob": self._secret, "user_id": owner.user_id}
        owner.session(owner.by_password).post(f"{owner.url}/credentials", json={"credential": credential})

    def shows(self, earlier: int = 0) -> str:
        """The passcode of this window or of one some windows earlier, with time left to use it."""
        left = WINDOW - time.time() % WINDOW
        if left < 5:
            time.sleep(left)
        return passcode(self._secret, int(time.time()) // WINDOW - earlier)


@pytest.fixture(scope="module")
def alice(cloud: ThrowAway) -> Person:
    return Person(cloud, "alice")


def test_limits_are_registered_and_given_by_the_client(cloud: ThrowAway, alice: Person) -> None:
    words = ("--service", "compute", "--region", "RegionOne")
    made = cloud.told("registered", "limit", "create", *words, "--default-limit", "10", "servers")
    assert (made["default_limit"], made["region_id"]) == (10, "RegionOne")
    cloud.openstack("registered", "limit", "set", "--default-limit", "12", made["id"])
    assert cloud.told("registered", "limit", "show", made["id"])["default_limit"] == 12
    assert "servers" in cloud.column("Resource Name", "registered", "limit", "list")
    mine = ("--project", alice.project_id, *words, "--resource-limit", "5", "servers")
    limit = cloud.told("limit", "create", *mine)
    cloud.openstack("limit", "set", "--resource-limit", "6", limit["id"])
    assert cloud.told("limit", "show", limit["id"])["resource_limit"] == 6
    assert [one["Resource Limit"] for one in cloud.told("limit", "list")] == [6]
    assert cloud.ran("registered", "limit", "delete", made["id"]).returncode != 0, "it is in use"
    cloud.openstack("limit", "delete", limit["id"])
    cloud.openstack("registered", "limit", "delete", made["id"])


def test_trusts_are_given_by_the_client_and_used_by_a_plugin(cloud: ThrowAway, alice: Person) -> None:
    bob, admin = Person(cloud, "bob"), cloud.told("token", "issue")
    words = ("--project", admin["project_id"], "--role", "reader", "--impersonate")
    trust = cloud.told("trust", "create", *words, admin["user_id"], bob.user_id)
    assert cloud.told("trust", "show", trust["id"])["trustee_user_id"] == bob.user_id
    assert cloud.column("ID", "trust", "list") == {trust["id"]}
    named: dict[str, Any] = {"username": "bob", "user_domain_id": "default"}
    plugin = v3.Password(bob.url, password=PASSWORD, trust_id=trust["id"], **named)
    acting = session.Session(plugin)
    assert (acting.get_user_id(), acting.get_project_id()) == (admin["user_id"], admin["project_id"])
    assert plugin.get_access(acting).role_names == ["reader"]
    cloud.openstack("trust", "delete", trust["id"])
    with pytest.raises(exceptions.Unauthorized):
        acting.get(f"{bob.url}/auth/projects")


def test_a_token_buys_another(alice: Person) -> None:
    first = alice.session(alice.by_password)
    second = alice.session(v3.Token(alice.url, token=str(first.get_token()), project_id=alice.project_id))
    assert second.get_user_id() == alice.user_id
    assert second.get_token() != first.get_token()


def test_an_application_credential_logs_in_by_itself(alice: Person) -> None:
    owner = alice.session(alice.by_password)
    path = f"{alice.url}/users/{alice.user_id}/application_credentials"
    wanted = {"name": "program", "roles": [{"name": "reader"}]}
    made = owner.post(path, json={"application_credential": wanted}).json()["application_credential"]
    named: dict[str, Any] = {"application_credential_id": made["id"], "application_credential_secret": made["secret"]}
    plugin = v3.ApplicationCredential(alice.url, **named)
    program = session.Session(plugin)
    assert (program.get_user_id(), program.get_project_id()) == (alice.user_id, alice.project_id)
    assert plugin.get_access(program).role_names == ["reader"]


def test_a_passcode_logs_in_by_itself(alice: Person) -> None:
    device = Device(alice)
    plugin = v3.TOTP(alice.url, username="alice", user_domain_id="default", passcode=device.shows())
    assert session.Session(plugin).get_user_id() == alice.user_id


def test_a_passcode_and_a_password_log_in_together_and_in_turn(cloud: ThrowAway) -> None:
    carol = Person(cloud, "carol")
    device = Device(carol)
    words = ("--enable-multi-factor-auth", "--multi-factor-auth-rule", "password,totp")
    cloud.openstack("user", "set", *words, carol.user_id)
    with pytest.raises(exceptions.MissingAuthMethods) as wanted:
        carol.session(carol.by_password).get_token()
    assert wanted.value.required_auth_methods == [["password", "totp"]]
    named: dict[str, Any] = {"username": "carol", "user_domain_id": "default"}
    second = v3.TOTPMethod(passcode=device.shows(earlier=1), **named)
    rest = [v3.ReceiptMethod(receipt=str(wanted.value.receipt)), second]
    in_turn = session.Session(v3.Auth(carol.url, rest, project_id=carol.project_id))
    assert (in_turn.get_user_id(), in_turn.get_project_id()) == (carol.user_id, carol.project_id)
    methods = ["v3password", "v3totp"]
    at_once = v3.MultiFactor(carol.url, methods, password=PASSWORD, passcode=device.shows(), **named)
    assert session.Session(at_once).get_user_id() == carol.user_id


def test_a_key_pair_made_by_the_client_signs_as_stock_programs_do(cloud: ThrowAway) -> None:
    pair = cloud.told("ec2", "credentials", "create")
    assert pair["access"] in cloud.column("Access", "ec2", "credentials", "list")
    assert cloud.told("ec2", "credentials", "show", pair["access"])["secret"] == pair["secret"]
    params = {"Action": "DescribeInstances", "Version": "2016-11-15"}
    request = AWSRequest("GET", f"{cloud.url}/services/Cloud", params=params)
    SigV4Auth(Credentials(pair["access"], pair["secret"]), "ec2", "RegionOne").add_auth(request)
    told = {
        "access": pair["access"],
        "verb": "GET",
        "host": urlsplit(cloud.url).netloc,
        "path": "/services/Cloud",
        "params": params,
        "headers": dict(request.headers.items()) | {"Host": urlsplit(cloud.url).netloc},
        "body_hash": EMPTY,
        "signature": request.headers["Authorization"].rpartition("Signature=")[2],
    }
    headers = {"X-Auth-Token": cloud.told("token", "issue")["id"]}
    heard = session.Session().post(f"{cloud.url}/identity/v3/ec2tokens", json={"credentials": told}, headers=headers)
    assert heard.json()["token"]["project"]["id"] == pair["project_id"]
    cloud.openstack("ec2", "credentials", "delete", pair["access"])
