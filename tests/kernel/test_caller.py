"""Who asks."""

from __future__ import annotations

from pileus.kernel.caller import NOBODY, Caller
from pileus.kernel.policy import Policy
from pileus.kernel.versions import capability, version

SPEAKS = capability(since="2.10", until="2.20")


def test_a_caller_may_what_its_services_rules_permit() -> None:
    alice = Caller(user_id="alice", policy=Policy({"own": "user_id:%(user_id)s"}))
    assert alice.may("own")
    assert not alice.may("own", {"user_id": "bob"})
    assert not alice.may("unknown")


def test_nobody_may_nothing() -> None:
    assert not NOBODY.may("anything")


def test_a_behaviour_is_asked_for_by_name() -> None:
    assert Caller(at=version("2.10")).can(SPEAKS)
    assert not Caller(at=version("2.20")).can(SPEAKS)


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Caller(token="secret"))
