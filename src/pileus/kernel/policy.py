"""May this caller do this?  Published check strings, compiled once to plain functions.

The language is the one OpenStack's policies are written in: `role:member and project_id:%(project_id)s`,
`rule:other`, `@` (always), `!` (never), `not`, parentheses, literals (`'public':%(visibility)s`),
`None:%(domain_id)s`, `field:networks:shared=True`, and dotted targets (`%(target.user.domain_id)s`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pileus.kernel.caller import Caller

Target = Mapping[str, Any]
Check = Callable[[Caller, Target], bool]

_TOKEN = re.compile(r"\s*(\(|\)|'[^']*':%\([^)]*\)s|[^\s()]+\([^)]*\)s|[^\s()]+)")
_MISSING = object()


class Policy:
    """One service's rules by name."""

    def __init__(self, rules: Mapping[str, str]) -> None:
        """Compile `rules`; raises ValueError naming the rule that cannot be read."""
        self.rules = dict(rules)
        self._checks: dict[str, Check] = {}
        self._of_callers: set[str] = set()
        for name in self.rules:
            self._compiled(name, ())

    def permits(self, rule: str, who: Caller, target: Target) -> bool:
        """Whether `who` may do `rule` to `target`; an unknown rule permits nobody."""
        check = self._checks.get(rule)
        return check is not None and check(who, target)

    def is_of_callers(self, rule: str) -> bool:
        """Whether a rule looks at the caller alone, so that its answer is the same for every target."""
        return rule in self._of_callers

    def overridden(self, rules: Mapping[str, str]) -> Policy:
        """This policy with some rules replaced; raises ValueError for a rule it does not have."""
        unknown = sorted(set(rules) - set(self.rules))
        if unknown:
            raise ValueError(f"unknown policy rules: {', '.join(unknown)}")
        return Policy({**self.rules, **rules})

    def _compiled(self, name: str, above: tuple[str, ...]) -> Check:
        if name in self._checks:
            return self._checks[name]
        if name in above:
            raise ValueError(f"policy rule {name} refers to itself")
        if name not in self.rules:
            raise ValueError(f"policy rule {above[-1] if above else '?'} refers to {name}, which does not exist")
        reader = _Reader(self.rules[name], lambda other: self._compiled(other, (*above, name)))
        try:
            self._checks[name] = reader.whole()
        except (StopIteration, IndexError, re.error) as error:
            raise ValueError(f"policy rule {name} cannot be read: {self.rules[name]!r}") from error
        if not any(map(self._looks_at_targets, _TOKEN.findall(self.rules[name]))):
            self._of_callers.add(name)
        return self._checks[name]

    def _looks_at_targets(self, word: str) -> bool:
        kind, _, match = word.partition(":")
        return kind == "field" or "%(" in word or (kind == "rule" and match not in self._of_callers)


class _Reader:
    """Reads one check string by recursive descent."""

    def __init__(self, text: str, rule: Callable[[str], Check]) -> None:
        self.text = text
        self.rule = rule
        self.words: list[str] = [match[1] for match in _TOKEN.finditer(text)]

    def whole(self) -> Check:
        if not self.words:
            return _always
        found = self._any()
        if self.words:
            raise IndexError(self.words[0])
        return found

    def _any(self) -> Check:
        parts = list(self._joined("or", self._all))
        return parts[0] if len(parts) == 1 else lambda who, target: any(part(who, target) for part in parts)

    def _all(self) -> Check:
        parts = list(self._joined("and", self._one))
        return parts[0] if len(parts) == 1 else lambda who, target: all(part(who, target) for part in parts)

    def _joined(self, word: str, part: Callable[[], Check]) -> Iterator[Check]:
        yield part()
        while self.words and self.words[0].lower() == word:
            self.words.pop(0)
            yield part()

    def _one(self) -> Check:
        word = self.words.pop(0)
        if word.lower() == "not":
            inner = self._one()
            return lambda who, target: not inner(who, target)
        if word != "(":
            return self._check(word)
        found = self._any()
        if self.words.pop(0) != ")":
            raise IndexError(")")
        return found

    def _check(self, word: str) -> Check:
        if word in ("@", "!"):
            return _always if word == "@" else _never
        kind, found, match = word.partition(":")
        if not found:
            raise IndexError(word)
        if kind == "rule":
            return self.rule(match)
        if kind == "role":
            return _role(match)
        if kind == "field":
            return _field(match)
        return _generic(kind, match)


def _always(who: Caller, target: Target) -> bool:
    return True


def _never(who: Caller, target: Target) -> bool:
    return False


def _role(match: str) -> Check:
    name = _theirs(match)
    return lambda who, target: str(name(target)).lower() in who.roles


def _field(match: str) -> Check:
    """`field:networks:shared=True`: the target's own value."""
    _, _, condition = match.partition(":")
    name, _, value = condition.partition("=")
    if value.startswith("~"):
        pattern = re.compile(value[1:])
        return lambda who, target: pattern.match(str(target.get(name, ""))) is not None
    return lambda who, target: str(target.get(name)) == value


def _generic(kind: str, match: str) -> Check:
    """Compare something of the caller, or a literal, with something of the target, or a literal."""
    theirs = _theirs(match)
    ours = _ours(kind)

    def check(who: Caller, target: Target) -> bool:
        wanted = theirs(target)
        if wanted is _MISSING:
            return False
        mine = ours(who)
        if isinstance(mine, frozenset):
            return str(wanted).lower() in mine
        if mine is None:
            return match == "None"
        return str(mine) == str(wanted)

    return check


def _theirs(match: str) -> Callable[[Target], Any]:
    if not (match.startswith("%(") and match.endswith(")s")):
        return lambda target: match
    path = match[2:-2]
    steps = path.split(".")

    def found(target: Target) -> Any:
        value = target.get(path, _MISSING)
        if value is not _MISSING or len(steps) == 1:
            return value
        value = target
        for step in steps:
            value = value.get(step, _MISSING) if isinstance(value, Mapping) else _MISSING
        return value

    return found


_YES = frozenset({"1", "true"})
_CREDENTIALS: dict[str, Callable[[Caller], Any]] = {
    "user_id": lambda who: who.user_id,
    "project_id": lambda who: who.project_id,
    "tenant_id": lambda who: who.project_id,
    "tenant": lambda who: who.project_id,
    "domain_id": lambda who: who.domain_id,
    "token.domain.id": lambda who: who.domain_id,
    "user_domain_id": lambda who: who.user_domain_id,
    "project_domain_id": lambda who: who.project_domain_id,
    "token.project.domain.id": lambda who: who.project_domain_id,
    "system_scope": lambda who: "all" if who.system else None,
    "service_roles": lambda who: who.service_roles,
    "is_admin": lambda who: _YES if who.is_admin else None,
    "is_admin_project": lambda who: "True",
}


def _ours(kind: str) -> Callable[[Caller], Any]:
    if kind[:1] in "'\"":
        literal = kind.strip("'\"")
        return lambda who: literal
    if kind in ("None", "True", "False"):
        return lambda who: kind
    if kind not in _CREDENTIALS:
        raise IndexError(kind)
    return _CREDENTIALS[kind]
