"""The policy language, form by form, and every published rule of every service."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.app import SERVICES
from pileus.kernel.caller import Caller
from pileus.kernel.policy import Policy
from pileus.kernel.routes import Service

WHO = Caller(user_id="u1", project_id="p1", roles=frozenset({"member", "reader"}), service_roles=frozenset({"service"}))
ADMIN = Caller(user_id="root", roles=frozenset({"admin"}), system=True)
TARGET = {
    "project_id": "p1",
    "user_id": "u2",
    "visibility": "public",
    "shared": True,
    "domain_id": None,
    "role": {"name": "Member"},
    "target": {"user": {"id": "u1"}},
    "target.token.user_id": "u1",
    "number": 7,
}


def says(text: str, who: Caller = WHO, target: Any = TARGET) -> bool:
    """What a check string says."""
    return Policy({"it": text, "owner": "project_id:%(project_id)s"}).permits("it", who, target)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("", True), ("@", True), ("!", False), ("role:member", True), ("role:MEMBER", True), ("role:admin", False),
     ("rule:owner", True), ("not role:admin", True), ("not rule:owner", False), ("role:admin or rule:owner", True),
     ("role:admin and rule:owner", False), ("(role:admin or role:member) and rule:owner", True),
     ("not (role:admin or role:member)", False), ("role:admin and ! or @", True), ("role:member AND @", True),
     ("user_id:%(user_id)s", False), ("user_id:%(target.user.id)s", True), ("user_id:%(target.token.user_id)s", True),
     ("user_id:%(target.user.name)s", False), ("user_id:%(target.none.id)s", False), ("user_id:%(nothing)s", False),
     ("'public':%(visibility)s", True), ("'private':%(visibility)s", False), ("None:%(domain_id)s", True),
     ("None:%(project_id)s", False), ("None:%(nothing)s", False), ("domain_id:%(domain_id)s", False),
     ("field:networks:shared=True", True), ("field:networks:shared=False", False), ("field:ports:number=~^7$", True),
     ("role:%(role.name)s", True), ("service_roles:service", True), ("service_roles:admin", False),
     ("system_scope:all", False), ("is_admin:True", False), ("'7':%(number)s", True)],
)  # fmt: skip
def test_every_form_of_check(text: str, wanted: bool) -> None:
    assert says(text) is wanted


RULES = {
    "caller": "role:admin or not (is_admin:True and rule:anybody)",
    "anybody": "@",
    "target": "project_id:%(project_id)s",
    "field": "role:admin and field:networks:shared=True",
    "literal": "'public':%(visibility)s",
    "through another": "role:admin or rule:behind",
    "behind": "rule:target",
}


def test_rules_that_look_at_the_caller_alone_are_told_from_those_that_look_at_their_target() -> None:
    policy = Policy(RULES)
    assert {rule for rule in RULES if policy.is_of_callers(rule)} == {"caller", "anybody"}
    assert Caller(roles=frozenset({"admin"}), policy=policy).answers(RULES) == {"caller": True, "anybody": True}


def test_admins_and_the_system_are_known() -> None:
    for text in ("is_admin:True", "is_admin:1", "system_scope:all", "role:admin"):
        assert says(text, ADMIN)


def test_nobody_is_the_owner_of_what_nobody_owns() -> None:
    assert not says("project_id:%(project_id)s", Caller(), {"project_id": None})


UNREADABLE = ["role", "(role:a", "role:a)", "or role:a", "role:a or", "not", "role:a role:b", "()"]
UNREADABLE += ["nonsense:%(user_id)s", "rolle:a", "field:it:name=~["]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="policy rule it cannot be read"):
        Policy({"it": text})


def test_rules_that_do_not_exist_or_go_in_circles_are_refused() -> None:
    with pytest.raises(ValueError, match="refers to none"):
        Policy({"it": "rule:none"})
    with pytest.raises(ValueError, match="refers to itself"):
        Policy({"it": "rule:other", "other": "not rule:it"})


def test_an_unknown_rule_permits_nobody() -> None:
    assert not Policy({"it": "@"}).permits("that", ADMIN, {})


def test_rules_are_replaced_by_name_and_only_known_ones() -> None:
    policy = Policy({"base": "role:admin", "it": "rule:base"})
    assert policy.overridden({"base": "role:member"}).permits("it", WHO, {})
    assert not policy.permits("it", WHO, {})
    with pytest.raises(ValueError, match="unknown policy rules: that"):
        policy.overridden({"that": "@"})


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_published_rule_can_be_read_and_asked(service: Service) -> None:
    policy = Policy(service.rules)
    for rule in service.rules:
        assert policy.permits(rule, Caller(), {}) in (True, False)
    assert {one.rule for one in service.operations} - {None} <= set(service.rules)
