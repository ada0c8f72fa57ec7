"""From attributes to a user: a mapping's rules applied, without a look at anything that exists here.

All rules whose conditions hold count: the first user that one of them tells of is the user, groups and projects
add up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pileus.identity.federation.language import DomainName, GroupTold, Local, MappingRule, ProjectTold, Remote, UserTold

Attributes = Mapping[str, Sequence[str]]
"""What an identity provider says of somebody; every attribute may have several values."""

_QUOTED = re.compile(r"\{(\d+)\}")
_BETWEEN = ";"
"""What stands between several values in one text."""


class BadMapping(Exception):
    """A rule that quotes what no condition has found; a mistake of who wrote it."""


@dataclass
class Mapped:
    """What rules have made of somebody."""

    user: UserTold | None = None
    group_ids: list[str] = field(default_factory=list)
    group_names: list[GroupTold] = field(default_factory=list)
    """Where one has no domain, it is in that of the identity provider."""
    projects: list[ProjectTold] = field(default_factory=list)
    domain: DomainName | None = None
    """Where users and projects are that name no domain, from version 2.0 on."""


def mapped(rules: Sequence[MappingRule], attributes: Attributes, version: str) -> Mapped | None:
    """Who somebody is by a mapping, or None where no rule's conditions hold; raises BadMapping."""
    found = Mapped()
    matches = [(rule, values) for rule in rules if (values := _found(rule.remote, attributes)) is not None]
    for rule, values in matches:
        for local in rule.local:
            _add(found, local, values, version)
    return found if matches else None


def _found(conditions: Sequence[Remote], attributes: Attributes) -> list[list[str]] | None:
    """What the conditions have found to be quoted, or None where one of them does not hold."""
    found: list[list[str]] = []
    for condition in conditions:
        values = list(attributes.get(condition.type, ()))
        if not values or not _holds(condition, values):
            return None
        if condition.any_one_of is None and condition.not_any_of is None:
            found.append(_filtered(condition, values))
    return found


def _holds(condition: Remote, values: Sequence[str]) -> bool:
    if condition.any_one_of is not None:
        return any(_is_among(value, condition.any_one_of, condition) for value in values)
    if condition.not_any_of is not None:
        return not any(_is_among(value, condition.not_any_of, condition) for value in values)
    return True


def _filtered(condition: Remote, values: Sequence[str]) -> list[str]:
    if condition.whitelist is not None:
        return [value for value in values if _is_among(value, condition.whitelist, condition)]
    if condition.blacklist is not None:
        return [value for value in values if not _is_among(value, condition.blacklist, condition)]
    return list(values)


def _is_among(value: str, listed: Sequence[str], condition: Remote) -> bool:
    if condition.regex:
        return any(re.search(pattern, value) for pattern in listed)
    return value in listed


def _add(found: Mapped, local: Local, values: list[list[str]], version: str) -> None:
    if local.user is not None and found.user is None:
        user = local.user
        found.user = UserTold(
            _text(user.id, values),
            _text(user.name, values),
            _text(user.email, values),
            _domain(user.domain, values),
            user.type,
        )
    if version != "1.0" and found.domain is None:
        found.domain = _domain(local.domain, values)
    found.group_ids += _each(local.group_ids, values)
    _add_groups(found, local, values)
    for project in local.projects:
        domain = _domain(project.domain, values)
        found.projects.append(ProjectTold(_text(project.name, values) or "", project.roles, domain))


def _add_groups(found: Mapped, local: Local, values: list[list[str]]) -> None:
    group, domain = local.group, _domain(local.domain, values)
    if group is not None and group.id is not None:
        found.group_ids += _each(group.id, values)
    elif group is not None:
        domain_of_group = _domain(group.domain, values)
        found.group_names += [GroupTold(name=name, domain=domain_of_group) for name in _each(group.name, values)]
    names = _each(local.groups, values)
    found.group_names += [GroupTold(name=name, domain=domain or DomainName()) for name in names]


def _domain(domain: DomainName | None, values: list[list[str]]) -> DomainName | None:
    return domain and DomainName(_text(domain.id, values), _text(domain.name, values))


def _text(told: str | None, values: list[list[str]]) -> str | None:
    """A text with what it quotes."""
    return None if told is None else _QUOTED.sub(lambda match: _BETWEEN.join(_quoted(match[1], values)), told)


def _each(told: str | None, values: list[list[str]]) -> list[str]:
    """Several texts: what is written with semicolons between, and a quotation alone as many as it has values."""
    found: list[str] = []
    for part in told.split(_BETWEEN) if told else []:
        whole = _QUOTED.fullmatch(part.strip())
        found += _quoted(whole[1], values) if whole else [str(_text(part.strip(), values))]
    return [one for one in found if one]


def _quoted(number: str, values: list[list[str]]) -> list[str]:
    if int(number) >= len(values):
        raise BadMapping(f"a rule quotes {{{number}}}, and its conditions have found {len(values)} attributes")
    return values[int(number)]
