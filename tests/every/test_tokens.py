"""Every service takes a token for what it is: bounded by rules, ended, revoked, or vouched for by another service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import Asker, Heard
from tests.toy import ROOTS, Caller, Toy

ASKED = {
    "identity": ("/v3", "/auth/projects", "/auth/domains"),
    "image": ("/v2", "/images", "/images/x"),
    "compute": ("/v2.1", "/servers", "/servers/detail"),
    "network": ("/v2.0", "/networks", "/subnets"),
    "placement": ("", "/resource_providers", "/resource_providers/x"),
}
"""Where a service's paths begin, as rules tell it; a path to read; and another."""


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """A cloud of its own, whose tokens may end."""
    made = Toy(tmp_path, hosts=1)
    yield made
    made.close()


@pytest.fixture
def alice(toy: Toy) -> Caller:
    """Somebody who may look at everything asked here, an administrator because of placement."""
    return toy.person("alice", "hers", ["admin"])


def heard(toy: Toy, service: str, token: str, path: str = "", **headers: str) -> Heard:
    """What one service says to a token."""
    asker = Asker(toy.cloud.front, ROOTS[service], token)
    return asker(f"GET {path or ASKED[service][1]}", headers=headers)


def bounded(toy: Toy, alice: Caller, rule: dict[str, Any]) -> str:
    """The token of a program of alice's that may ask one thing only."""
    wanted = {"name": f"{rule['service']} {rule['method']}", "access_rules": [rule]}
    made = alice.identity(f"POST /users/{alice.user_id}/application_credentials", {"application_credential": wanted})
    claim = {name: made.body["application_credential"][name] for name in ("id", "secret")}
    methods = {"methods": ["application_credential"], "application_credential": claim}
    stranger = Asker(toy.cloud.front, ROOTS["identity"])
    return stranger("POST /auth/tokens", {"auth": {"identity": methods}}).headers["x-subject-token"]


@pytest.mark.parametrize("service", ASKED)
def test_a_program_asks_what_its_rules_say_and_no_more(toy: Toy, alice: Caller, service: str):
    before, path, elsewhere = ASKED[service]
    token = bounded(toy, alice, {"service": service, "method": "GET", "path": before + path})
    assert heard(toy, service, token).code == 200
    assert heard(toy, service, token, elsewhere).code == 401
    assert {heard(toy, other, token).code for other in ASKED if other != service} == {401}
    other = bounded(toy, alice, {"service": service, "method": "POST", "path": before + path})
    assert heard(toy, service, other).code == 401


def test_a_token_ends_everywhere_at_once(toy: Toy, alice: Caller):
    toy.clock.forward(3599)
    assert {heard(toy, service, alice.token).code for service in ASKED} == {200}
    toy.clock.forward(1)
    assert {heard(toy, service, alice.token).code for service in ASKED} == {401}


def test_a_service_vouches_for_a_token_that_has_ended(toy: Toy, alice: Caller):
    toy.clock.forward(3600)
    nova, rita = toy.person("nova", "service", ["service"]), toy.member("rita")
    for service in ASKED:
        assert heard(toy, service, alice.token, **{"x-service-token": nova.token}).code == 200
        assert heard(toy, service, alice.token, **{"x-service-token": rita.token}).code == 401
        assert heard(toy, service, alice.token, **{"x-service-token": "made up"}).code == 401
    toy.clock.forward(172800)
    token = toy.token("nova", "nova's password", "service")
    assert {heard(toy, service, alice.token, **{"x-service-token": token}).code for service in ASKED} == {401}


def test_what_vouches_must_be_good_itself(toy: Toy, alice: Caller):
    assert {heard(toy, service, alice.token, **{"x-service-token": "made up"}).code for service in ASKED} == {401}


def test_a_revoked_token_is_refused_everywhere_at_once(toy: Toy, alice: Caller):
    assert {heard(toy, service, alice.token).code for service in ASKED} == {200}
    assert alice.identity("DELETE /auth/tokens", headers={"x-subject-token": alice.token}).code == 204
    assert {heard(toy, service, alice.token).code for service in ASKED} == {401}
