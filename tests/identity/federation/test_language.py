"""Which rules are understood."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.federation.language import read_rules
from pileus.kernel.errors import Invalid

REMOTE = [{"type": "UserName"}]
PROJECT = {"name": "x", "roles": [{"name": "member"}]}


@pytest.mark.parametrize(
    "rule",
    [
        {"remote": REMOTE, "local": []},
        {"remote": [{"type": "x", "whitelist": ["a"], "regex": True}], "local": [{"group_ids": "{0}"}]},
        {"remote": REMOTE, "local": [{"group": {"name": "g", "domain": {"name": "d"}}, "projects": [PROJECT]}]},
    ],
)
def test_rules_are_read(rule: dict[str, Any]):
    assert len(read_rules([rule], "1.0")) == 1


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"remote": REMOTE},
        {"local": []},
        {"remote": [], "local": []},
        {"remote": REMOTE, "local": [], "more": 1},
        {"remote": [{}], "local": []},
        {"remote": [{"type": "x", "any_one_of": ["a"], "whitelist": ["a"]}], "local": []},
        {"remote": [{"type": "x", "any_one_of": "a"}], "local": []},
        {"remote": [{"type": "x", "regex": True}], "local": []},
        {"remote": [{"type": "x", "any_one_of": ["("], "regex": True}], "local": []},
        {"remote": REMOTE, "local": [{"user": {"nickname": "x"}}]},
        {"remote": REMOTE, "local": [{"user": {"name": "x", "type": "other"}}]},
        {"remote": REMOTE, "local": [{"group": {"name": "x"}}]},
        {"remote": REMOTE, "local": [{"group": {"id": "x", "domain": {"id": "d"}}}]},
        {"remote": REMOTE, "local": [{"projects": [{"name": "x"}]}]},
        {"remote": REMOTE, "local": [{"projects": [{**PROJECT, "domain": {"id": "d"}}]}]},
    ],
)
def test_what_is_no_rule_is_refused(rule: dict[str, Any]):
    with pytest.raises(Invalid):
        read_rules([rule], "1.0")


def test_projects_name_a_domain_from_version_two_on_and_no_rules_are_none():
    assert read_rules([{"remote": REMOTE, "local": [{"projects": [{**PROJECT, "domain": {"id": "d"}}]}]}], "2.0")
    with pytest.raises(Invalid):
        read_rules([], "2.0")
