"""Rules applied to attributes: conditions, quotations, what adds up and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pileus.identity.federation.engine import BadMapping, Mapped, mapped
from pileus.identity.federation.language import DomainName, read_rules

JANE = {"UserName": ["jane"], "Groups": ["Developers", "OpsTeam", "Finance"], "kind": ["Employee"]}


def by(*rules: dict[str, Any], version: str = "1.0", attributes: dict[str, list[str]] = JANE) -> Mapped | None:
    """What some rules make of Jane."""
    return mapped(read_rules(list(rules), version), attributes, version)


def names(found: Mapped | None) -> list[str | None]:
    assert found is not None
    return [group.name for group in found.group_names]


def groups(**condition: Any) -> dict[str, Any]:
    return {"remote": [{"type": "Groups", **condition}], "local": [{"groups": "{0}", "domain": {"id": "d"}}]}


def when(**condition: Any) -> dict[str, Any]:
    return {"remote": [{"type": "UserName"}, {"type": "kind", **condition}], "local": [{"user": {"name": "{0}"}}]}


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({}, ["Developers", "OpsTeam", "Finance"]),
        ({"whitelist": ["OpsTeam", "Other"]}, ["OpsTeam"]),
        ({"blacklist": ["Finance"]}, ["Developers", "OpsTeam"]),
        ({"whitelist": ["Team$"], "regex": True}, ["OpsTeam"]),
        ({"blacklist": ["^D", "^F"], "regex": True}, ["OpsTeam"]),
        ({"whitelist": ["Team$"]}, []),
        ({"whitelist": []}, []),
    ],
)
def test_lists_filter_what_is_quoted(condition: dict[str, Any], left: list[str]):
    assert names(by(groups(**condition))) == left


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"any_one_of": ["Employee", "x"]}, True),
        ({"any_one_of": ["employee"]}, False),
        ({"any_one_of": ["^Emp"], "regex": True}, True),
        ({"any_one_of": ["^Emp"], "regex": False}, False),
        ({"not_any_of": ["Contractor"]}, True),
        ({"not_any_of": ["Employee"]}, False),
        ({"not_any_of": [".*ee$"], "regex": True}, False),
    ],
)
def test_conditions_on_values_decide_whether_a_rule_counts(condition: dict[str, Any], holds: bool):
    assert (by(when(**condition)) is not None) == holds


def test_an_attribute_that_is_not_there_fails_its_rule():
    assert by({"remote": [{"type": "UserName"}, {"type": "none"}], "local": [{"user": {"name": "{0}"}}]}) is None
    assert by({"remote": [{"type": "none", "not_any_of": ["x"]}], "local": []}) is None


def test_what_demands_values_is_not_counted_in_quotations():
    remote = [{"type": "kind", "any_one_of": ["Employee"]}, {"type": "UserName"}]
    found = by({"remote": remote, "local": [{"user": {"name": "{0}", "id": "x-{0}", "email": "{0}@{0}"}}]})
    assert found is not None and found.user is not None
    assert (found.user.name, found.user.id, found.user.email) == ("jane", "x-jane", "jane@jane")
    with pytest.raises(BadMapping):
        by({"remote": remote, "local": [{"user": {"name": "{1}"}}]})


def test_rules_add_up_and_the_first_user_stays():
    first, second = when(any_one_of=["Employee"]), when(not_any_of=["x"])
    second["local"] = [{"user": {"name": "other"}}, {"group": {"id": "g"}}, {"group": {"id": "h"}}]
    found = by(first, second, groups())
    assert found is not None and found.user is not None
    assert found.user.name == "jane"
    assert found.group_ids == ["g", "h"]
    assert len(names(found)) == 3


@pytest.mark.parametrize(
    ("local", "told"),
    [
        ({"groups": "a;b ; {1}"}, ["a", "b", "Developers", "OpsTeam", "Finance"]),
        ({"groups": "team-{0}"}, ["team-jane"]),
        ({"group": {"name": "{1}", "domain": {"name": "x"}}}, ["Developers", "OpsTeam", "Finance"]),
    ],
)
def test_groups_are_named_one_by_one_or_quoted_together(local: dict[str, Any], told: list[str]):
    assert names(by({"remote": [{"type": "UserName"}, {"type": "Groups"}], "local": [local]})) == told


def test_groups_may_be_quoted_by_id():
    found = by({"remote": [{"type": "Groups"}], "local": [{"group_ids": "{0}"}]})
    assert found is not None
    assert found.group_ids == JANE["Groups"]


@pytest.mark.parametrize(("version", "domain"), [("1.0", None), ("2.0", DomainName("d"))])
def test_a_rules_domain_is_for_all_it_makes_from_version_two_on(version: str, domain: DomainName | None):
    local = [{"user": {"name": "{0}"}}, {"projects": [{"name": "of {0}", "roles": [{"name": "member"}]}]}]
    found = by({"remote": [{"type": "UserName"}], "local": [*local, {"domain": {"id": "d"}}]}, version=version)
    assert found is not None
    assert found.domain == domain
    assert found.projects[0].name == "of jane"


@given(some.dictionaries(some.sampled_from(["UserName", "kind", "Groups"]), some.lists(some.text(max_size=9))))
def test_whatever_somebody_is_called_a_text_stays_one_text(attributes: dict[str, list[str]]):
    found = by(when(), attributes=attributes)
    if found is not None:
        assert found.user is not None
        assert found.user.name == ";".join(attributes["UserName"])
