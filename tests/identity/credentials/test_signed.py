"""Signed requests buy tokens: for whom, for what, and when no longer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.asking import Asker, Heard
from tests.identity.small_cloud import SmallCloud


class Signer:
    """A program that signs with a key pair, and a service that asks whose it is."""

    def __init__(self, cloud: SmallCloud, owner: Asker, name: str, project: str) -> None:
        path = f"/users/{cloud.user_id(name)}/credentials/OS-EC2"
        heard = owner(f"POST {path}", {"tenant_id": cloud.project_id(project)})
        assert heard.code == 201, heard.content
        self.cloud, self.service, self.pair = cloud, cloud.member("nova"), heard.body["credential"]

    def signed(self, *, secret: str | None = None, earlier: int = 0, **more: Any) -> dict[str, Any]:
        """What a service tells of a request by the second version."""
        at = (self.cloud.clock.now() - timedelta(seconds=earlier)).strftime("%Y-%m-%dT%H:%M:%SZ")
        params = {"AWSAccessKeyId": self.pair["access"], "SignatureVersion": "2", "Timestamp": at}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(params.items()))
        text = f"GET\nhost\n/\n{query}".encode()
        made = hmac.digest((secret or self.pair["secret"]).encode(), text, hashlib.sha256)
        told = {"verb": "GET", "host": "host", "path": "/", "params": params}
        return {"access": self.pair["access"], **told, "signature": base64.b64encode(made).decode(), **more}

    def asked(self, *, name: str = "credentials", **more: Any) -> Heard:
        """What the service hears."""
        return self.service("POST /ec2tokens", {name: self.signed(**more)})


@pytest.fixture
def signer(cloud: SmallCloud, alice: Asker) -> Signer:
    """Alice's program, for the project web."""
    return Signer(cloud, alice, "alice", "web")


def test_a_signed_request_buys_a_token_for_its_project(either: SmallCloud):
    signer = Signer(either, either.member("alice"), "alice", "web")
    heard = signer.asked()
    assert heard.code == 200
    token = heard.body["token"]
    assert (token["user"]["name"], token["project"]["name"]) == ("alice", "web")
    assert token["methods"] == ["ec2credential"]
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
    owner = Asker(either.front, "/identity/v3", heard.headers["x-subject-token"])
    assert owner("GET /auth/projects").code == 200
    assert signer.asked(name="ec2Credentials").code == 200


def test_only_services_and_administrators_ask(signer: Signer, admin: Asker, alice: Asker, cloud: SmallCloud):
    body = {"credentials": signer.signed()}
    assert admin("POST /ec2tokens", body).code == 200
    assert alice("POST /ec2tokens", body).code == 403
    assert cloud.stranger("POST /ec2tokens", body).code == 401
    assert alice("POST /s3tokens", body).code == 403


def test_a_wrong_signature_and_an_unknown_key_sound_the_same(signer: Signer):
    wrong = signer.asked(secret="another")
    assert wrong.code == 401
    assert signer.asked(access="nobody").content == wrong.content
    assert signer.asked(access=None).content == wrong.content
    assert signer.service("POST /ec2tokens", {}).code == 400


def test_a_signature_is_good_for_a_quarter_of_an_hour(signer: Signer):
    assert [signer.asked(earlier=seconds).code for seconds in (899, -899, 901, -901)] == [200, 200, 401, 401]


def test_who_is_gone_or_disabled_signs_nothing(signer: Signer, admin: Asker, cloud: SmallCloud):
    path = f"/users/{cloud.user_id('alice')}"
    admin(f"PATCH {path}", {"user": {"enabled": False}})
    assert signer.asked().code == 401
    admin(f"PATCH {path}", {"user": {"enabled": True}})
    admin(f"PATCH /projects/{cloud.project_id('web')}", {"project": {"enabled": False}})
    assert signer.asked().code == 401
    admin(f"PATCH /projects/{cloud.project_id('web')}", {"project": {"enabled": True}})
    assert signer.asked().code == 200
    admin(f"DELETE {path}/credentials/OS-EC2/{signer.pair['access']}")
    assert signer.asked().code == 401


def test_what_s3_signed_buys_a_token(signer: Signer):
    text = b"GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/bucket/object"
    made = hmac.digest(signer.pair["secret"].encode(), text, hashlib.sha1)
    told = {"access": signer.pair["access"], "token": base64.b64encode(text).decode()}
    body = {"credentials": {**told, "signature": base64.b64encode(made).decode()}}
    assert signer.service("POST /s3tokens", body).body["token"]["project"]["name"] == "web"
    body["credentials"]["signature"] = "wrong"
    assert signer.service("POST /s3tokens", body).code == 401
    assert signer.service("POST /s3tokens", {"credentials": {"access": "x", "signature": "x"}}).code == 400


def test_a_key_made_with_an_application_credential_has_its_roles_only(cloud: SmallCloud, admin: Asker, alice: Asker):
    user_id = cloud.user_id("alice")
    wanted = {"name": "program", "roles": [{"name": "reader"}], "unrestricted": True}
    made = alice(f"POST /users/{user_id}/application_credentials", {"application_credential": wanted})
    credential = made.body["application_credential"]
    claim = {"id": credential["id"], "secret": credential["secret"]}
    token = cloud.ask({"methods": ["application_credential"], "application_credential": claim})
    program = Asker(cloud.front, "/identity/v3", token.headers["x-subject-token"])
    blob = '{"access": "its-own", "secret": "key"}'
    key = {"type": "ec2", "blob": blob, "user_id": user_id, "project_id": cloud.project_id("web")}
    heard = program("POST /credentials", {"credential": key})
    assert heard.code == 201
    signer = Signer(cloud, alice, "alice", "web")
    signer.pair = {"access": "its-own", "secret": "key"}
    assert {role["name"] for role in signer.asked().body["token"]["roles"]} == {"reader"}
    freed = {"credential": {"blob": blob}}
    assert admin(f"PATCH /credentials/{heard.body['credential']['id']}", freed).code == 400
    alice(f"DELETE /users/{user_id}/application_credentials/{credential['id']}")
    assert signer.asked().code == 401


def test_a_key_speaks_for_nobody_by_a_trust_of_others(cloud: SmallCloud, alice: Asker, admin: Asker):
    trust = {
        "trustor_user_id": cloud.user_id("alice"),
        "trustee_user_id": cloud.user_id("rita"),
        "project_id": cloud.project_id("web"),
        "impersonation": True,
        "roles": [{"name": "member"}],
    }
    trust_id = alice("POST /OS-TRUST/trusts", {"trust": trust}).body["trust"]["id"]
    blob = json.dumps({"access": "mine", "secret": "key", "trust_id": trust_id})
    signer = Signer(cloud, alice, "alice", "web")
    signer.pair = {"access": "mine", "secret": "key"}
    key = {"type": "ec2", "blob": blob, "user_id": cloud.user_id("oscar"), "project_id": cloud.project_id("other")}
    heard = cloud.member("oscar")("POST /credentials", {"credential": key})
    assert heard.code == 201
    assert signer.asked().code == 401
    assert admin(f"DELETE /credentials/{heard.body['credential']['id']}").code == 204
    rita = cloud.by_password("rita", scope={"OS-TRUST:trust": {"id": trust_id}})
    trusted = Asker(cloud.front, "/identity/v3", rita.headers["x-subject-token"])
    key = {"type": "ec2", "blob": '{"access": "mine", "secret": "key"}', "user_id": cloud.user_id("alice")}
    assert trusted("POST /credentials", {"credential": key | {"project_id": cloud.project_id("web")}}).code == 201
    token = signer.asked().body["token"]
    assert token["OS-TRUST:trust"]["id"] == trust_id
    assert token["user"]["name"] == "alice"
