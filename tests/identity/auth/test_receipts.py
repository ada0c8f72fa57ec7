"""More than one method: all at once, or one after the other with receipts between."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Heard
from tests.identity.auth.test_passcodes import Device
from tests.identity.small_cloud import PASSWORDS, SmallCloud, in_project

RECEIPT = "openstack-auth-receipt"


def wanting(cloud: SmallCloud, name: str, *rules: list[str], enabled: Any = True) -> None:
    """Let a user have to prove itself by these rules."""
    options = {"multi_factor_auth_enabled": enabled, "multi_factor_auth_rules": [*rules]}
    heard = cloud.member("admin")(f"PATCH /users/{cloud.user_id(name)}", {"user": {"options": options}})
    assert heard.code == 200, heard.content


def asked(cloud: SmallCloud, receipt: str = "", *, scope: Any = None, **claims: Any) -> Heard:
    """What is heard when somebody proves itself by some methods."""
    auth = {"identity": {"methods": [*claims], **claims}, **({"scope": scope} if scope else {})}
    return cloud.stranger("POST /auth/tokens", {"auth": auth}, headers={RECEIPT: receipt} if receipt else {})


def known(name: str) -> dict[str, Any]:
    """A password claim."""
    return {"user": {"name": name, "domain": {"id": "default"}, "password": PASSWORDS[name]}}


@pytest.fixture
def device(cloud: SmallCloud) -> Device:
    """Alice's, who has to prove herself by both."""
    made = Device(cloud)
    wanting(cloud, "alice", ["password", "totp"])
    return made


def _shown(device: Device) -> dict[str, Any]:
    return {"user": {"id": device.user_id, "passcode": device.shows()}}


def test_both_at_once_buy_a_token(cloud: SmallCloud, device: Device):
    heard = asked(cloud, password=known("alice"), totp=_shown(device), scope=in_project("web"))
    assert heard.code == 201
    assert heard.body["token"]["methods"] == ["password", "totp"]


def test_one_after_the_other_buy_a_token_by_a_receipt(cloud: SmallCloud, device: Device):
    first = asked(cloud, password=known("alice"), scope=in_project("web"))
    assert first.code == 401
    receipt = first.body["receipt"]
    assert receipt == {
        "methods": ["password"],
        "user": {"id": device.user_id, "name": "alice", "domain": {"id": "default", "name": "Default"}},
        "issued_at": receipt["issued_at"],
        "expires_at": receipt["expires_at"],
    }
    assert first.body["required_auth_methods"] == [["password", "totp"]]
    second = asked(cloud, first.headers[RECEIPT], totp=_shown(device), scope=in_project("web"))
    assert second.code == 201
    assert second.body["token"]["project"]["name"] == "web"
    assert second.body["token"]["methods"] == ["password", "totp"]


def test_a_receipt_ends(cloud: SmallCloud, device: Device):
    receipt = asked(cloud, password=known("alice")).headers[RECEIPT]
    cloud.clock.forward(300)
    assert asked(cloud, receipt, totp=_shown(device)).code == 401


def test_a_receipt_is_its_users_only_and_void_with_a_new_password(cloud: SmallCloud, device: Device):
    receipt = asked(cloud, password=known("alice")).headers[RECEIPT]
    assert asked(cloud, receipt, password=known("oscar")).code == 401
    change = {"user": {"password": "another"}}
    assert cloud.member("admin")(f"PATCH /users/{device.user_id}", change).code == 200
    assert asked(cloud, receipt, totp=_shown(device)).code == 401


def test_a_receipt_is_no_token_and_a_token_no_receipt(cloud: SmallCloud, device: Device):
    receipt = asked(cloud, password=known("alice")).headers[RECEIPT]
    assert cloud.by_token(receipt).code == 404
    token = cloud.member("oscar").token
    for wrong in (token, "made up", receipt[:-4]):
        heard = asked(cloud, wrong, totp=_shown(device))
        assert heard.code == 401
        assert "receipt" not in heard.body


def test_a_wrong_password_earns_no_receipt(cloud: SmallCloud, device: Device):
    claim = {"user": {"id": device.user_id, "password": "wrong"}}
    assert RECEIPT not in asked(cloud, password=claim).headers


def test_methods_that_nobody_knows_are_not_wanted(cloud: SmallCloud):
    wanting(cloud, "alice", ["password", "fingerprint"])
    assert asked(cloud, password=known("alice")).code == 201
    wanting(cloud, "alice", ["fingerprint"])
    assert asked(cloud, password=known("alice")).code == 201
    wanting(cloud, "alice", ["totp"])
    assert asked(cloud, password=known("alice")).code == 401
    wanting(cloud, "alice", ["totp"], enabled=None)
    assert asked(cloud, password=known("alice")).code == 201
