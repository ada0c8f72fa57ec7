"""Credentials and EC2 key pairs over the wire."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pileus.identity.credentials.credentials import credentials
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


def _make(asker: Asker, user_id: str, **more: Any) -> Any:
    return asker("POST /credentials", {"credential": {"user_id": user_id, "type": "cert", "blob": "text", **more}})


def test_a_credential_is_kept_shown_changed_and_removed(cloud: SmallCloud, alice: Asker):
    credential = _make(alice, cloud.user_id("alice")).body["credential"]
    assert credential == {
        "id": credential["id"],
        "user_id": cloud.user_id("alice"),
        "type": "cert",
        "blob": "text",
        "project_id": None,
        "links": {"self": f"http://cloud.test/identity/v3/credentials/{credential['id']}"},
    }
    path = f"/credentials/{credential['id']}"
    assert alice(f"GET {path}").body["credential"] == credential
    assert alice("GET /credentials").body["credentials"] == [credential]
    assert alice(f"PATCH {path}", {"credential": {"blob": "other"}}).body["credential"]["blob"] == "other"
    assert alice(f"PATCH {path}", {"credential": {"type": "ec2"}}).code == 400
    assert alice(f"PATCH {path}", {"credential": {"user_id": "x"}}).code == 400
    assert alice(f"DELETE {path}").code == 204
    assert alice(f"GET {path}").code == 403, "nobody learns which credentials there are"
    assert cloud.member("admin")(f"GET {path}").code == 404


def test_what_is_stored_is_sealed(cloud: SmallCloud, alice: Asker):
    _make(alice, cloud.user_id("alice"), blob="in clear text")
    (row,) = cloud.store.read(lambda tx: tx.all(credentials.select()))
    assert "clear" not in str(dict(row))
    other = cloud.other_process()
    alice.front = other.front
    assert alice("GET /credentials").body["credentials"][0]["blob"] == "in clear text"
    other.close()


def test_everybody_has_its_own_credentials_only(cloud: SmallCloud, alice: Asker, admin: Asker):
    own = _make(alice, cloud.user_id("alice")).body["credential"]["id"]
    foreign = _make(cloud.member("oscar"), cloud.user_id("oscar")).body["credential"]["id"]
    assert _make(alice, cloud.user_id("oscar")).code == 403
    assert alice(f"GET /credentials/{foreign}").code == 403
    assert alice(f"DELETE /credentials/{foreign}").code == 403
    assert alice(f"PATCH /credentials/{foreign}", {"credential": {"blob": "x"}}).code == 403
    assert [one["id"] for one in alice("GET /credentials").body["credentials"]] == [own]
    assert alice(f"GET /credentials?user_id={cloud.user_id('oscar')}").code == 403
    assert {one["id"] for one in admin("GET /credentials").body["credentials"]} == {own, foreign}


def test_an_ec2_credential_is_named_by_its_access_key(cloud: SmallCloud, alice: Asker):
    blob = json.dumps({"access": "AKIA", "secret": "s"})
    web, whose = cloud.project_id("web"), cloud.user_id("alice")
    made = _make(alice, whose, type="ec2", blob=blob, project_id=web).body["credential"]
    assert made["id"] == hashlib.sha256(b"AKIA").hexdigest()
    assert _make(alice, whose, type="ec2", blob=blob, project_id=web).code == 409
    assert _make(alice, whose, type="ec2", blob=blob).code == 400
    assert _make(alice, whose, type="ec2", blob="{", project_id=web).code == 400
    assert _make(alice, whose, type="ec2", blob="{}", project_id=web).code == 400


def test_credentials_go_with_their_user(cloud: SmallCloud, alice: Asker, admin: Asker):
    own = _make(alice, cloud.user_id("alice")).body["credential"]["id"]
    admin(f"DELETE /users/{cloud.user_id('alice')}")
    assert admin(f"GET /credentials/{own}").code == 404
