"""The language of mappings: which attributes a rule wants to see, and whom it makes of them.

A rule has `remote` conditions on attributes and `local` descriptions that may quote them: `{0}` is what the first
condition that neither demands nor excludes values has found.  Version 2.0 of the language lets a description
name the domain that users, groups and projects are in where they name none themselves.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from pileus.kernel.errors import Invalid

VERSIONS = ("1.0", "2.0")


class DomainName(msgspec.Struct, forbid_unknown_fields=True):
    """A domain, by id or name."""

    id: str | None = None
    name: str | None = None


class UserTold(msgspec.Struct, forbid_unknown_fields=True):
    """Who somebody is here: somebody new to us, or (`local`) a user there is already."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    domain: DomainName | None = None
    type: Literal["ephemeral", "local"] = "ephemeral"


class GroupTold(msgspec.Struct, forbid_unknown_fields=True):
    """A group, by id, or by name in a domain."""

    id: str | None = None
    name: str | None = None
    domain: DomainName | None = None

    def __post_init__(self) -> None:
        """Refuse anything between the two."""
        if (self.id is None) == (self.name is None) or (self.id is None) == (self.domain is None):
            raise ValueError("A group has an id, or a name and a domain")


class RoleTold(msgspec.Struct, forbid_unknown_fields=True):
    """A role, by name."""

    name: str


class ProjectTold(msgspec.Struct, forbid_unknown_fields=True):
    """A project, made where there is none, and the roles somebody has in it."""

    name: str
    roles: list[RoleTold]
    domain: DomainName | None = None


class Local(msgspec.Struct, forbid_unknown_fields=True):
    """What a rule makes."""

    user: UserTold | None = None
    group: GroupTold | None = None
    groups: str | None = None
    group_ids: str | None = None
    projects: list[ProjectTold] = []
    domain: DomainName | None = None


class Remote(msgspec.Struct, forbid_unknown_fields=True):
    """A condition on one attribute; without a list it is only that there is one."""

    type: str
    any_one_of: list[str] | None = None
    not_any_of: list[str] | None = None
    whitelist: list[str] | None = None
    blacklist: list[str] | None = None
    regex: bool | None = None

    def __post_init__(self) -> None:
        """Refuse two lists, patterns that are none, and `regex` without a list."""
        lists = [one for one in (self.any_one_of, self.not_any_of, self.whitelist, self.blacklist) if one is not None]
        if len(lists) > 1 or (not lists and self.regex is not None):
            raise ValueError("A condition has one of any_one_of, not_any_of, whitelist and blacklist, or none")
        for pattern in [one for each in lists for one in each] if self.regex else []:
            _check_pattern(pattern)


class MappingRule(msgspec.Struct, forbid_unknown_fields=True):
    """Conditions, all of which must hold, and what follows."""

    local: list[Local]
    remote: list[Remote]


def read_rules(rules: list[Any], version: str) -> list[MappingRule]:
    """The rules of a mapping; raises Invalid where they are no rules of that version."""
    try:
        found = msgspec.convert(rules, list[MappingRule])
    except msgspec.ValidationError as error:
        raise Invalid(f"Invalid input for field/attribute rules. {error}") from error
    if not found or not all(rule.remote for rule in found):
        raise Invalid("Invalid input for field/attribute rules. There is a rule, and each has a remote condition.")
    told = [project for rule in found for local in rule.local for project in local.projects]
    if version == "1.0" and any(project.domain is not None for project in told):
        raise Invalid("Invalid input for field/attribute rules. Projects name a domain from schema version 2.0 on.")
    return found


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
