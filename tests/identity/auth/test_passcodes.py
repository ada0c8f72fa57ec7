"""Passcodes: RFC 6238's numbers, taken once, and few wrong ones heard."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.auth.passcodes import MOST_WRONG, WINDOW, passcode
from pileus.identity.auth.tokens import seconds_of
from tests.identity.small_cloud import SmallCloud

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


class Device:
    """What alice carries about."""

    def __init__(self, cloud: SmallCloud, name: str = "alice") -> None:
        self.cloud, self.name = cloud, name
        self.user_id = cloud.user_id(name)
        credential = {"type": "totp", "blob": SECRET.rstrip("="), "user_id": self.user_id}
        assert cloud.member(name)("POST /credentials", {"credential": credential}).code == 201

    def shows(self, later: int = 0) -> str:
        """What is on its display, `later` windows from now."""
        return passcode(SECRET, seconds_of(self.cloud.clock.now()) // WINDOW + later)

    def offered(self, code: str | None = None, **name: Any) -> Any:
        """What is heard when a code is offered for a token."""
        user = {**(name or {"id": self.user_id}), "passcode": self.shows() if code is None else code}
        return self.cloud.ask({"methods": ["totp"], "totp": {"user": user}})


@pytest.mark.parametrize(
    ("seconds", "expected"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_a_passcode_is_what_the_standard_says(seconds: int, expected: str):
    assert passcode(SECRET, seconds // WINDOW) == expected
    assert passcode("gezdgnbvgy3tqojqgezdgnbvgy3tqojq ", seconds // WINDOW) == expected


def test_a_secret_that_is_none_makes_none(cloud: SmallCloud):
    with pytest.raises(ValueError, match="base32"):
        passcode("1!", 0)
    credential = {"type": "totp", "blob": "1!", "user_id": cloud.user_id("alice")}
    assert cloud.member("alice")("POST /credentials", {"credential": credential}).code == 201
    user = {"id": cloud.user_id("alice"), "passcode": "000000"}
    assert cloud.ask({"methods": ["totp"], "totp": {"user": user}}).code == 401


def test_a_passcode_buys_a_token_once(either: SmallCloud):
    device = Device(either)
    heard = device.offered()
    assert heard.code == 201
    assert heard.body["token"]["methods"] == ["totp"]
    assert device.offered().code == 401
    either.clock.forward(WINDOW)
    assert device.offered(name="alice", domain={"id": "default"}).code == 201
    assert device.offered(device.shows(-1)).code == 401


def test_the_passcode_of_the_window_before_is_taken_and_no_other(cloud: SmallCloud):
    device = Device(cloud)
    assert device.offered(device.shows(-2)).code == 401
    assert device.offered(device.shows(1)).code == 401
    assert device.offered(device.shows(-1)).code == 201
    assert device.offered().code == 201


def test_who_guesses_is_not_heard_until_the_next_window(cloud: SmallCloud):
    device = Device(cloud)
    for _ in range(MOST_WRONG):
        assert device.offered("000000").code == 401
    assert device.offered().code == 401
    cloud.clock.forward(WINDOW)
    assert device.offered().code == 201


def test_nobody_learns_who_has_a_device(cloud: SmallCloud):
    device = Device(cloud)
    wrong = device.offered("000000").content
    for name in ({"id": "nobody"}, {"id": cloud.user_id("oscar")}, {"name": "nobody", "domain": {"id": "default"}}):
        heard = device.offered("000000", **name)
        assert (heard.code, heard.content) == (401, wrong)
    admin = cloud.member("admin")
    assert admin(f"PATCH /users/{device.user_id}", {"user": {"enabled": False}}).code == 200
    assert device.offered().content == wrong
    assert cloud.ask({"methods": ["totp"], "totp": {"user": {"id": device.user_id}}}).code == 400
