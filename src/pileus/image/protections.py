"""Property protections: an operator's word on who may make, read, change and delete which additional property.

A file names properties by regular expressions; of each verb it says which roles, or which one policy rule, may do it
(`@` is everybody, `!` nobody).  The first expression that is found in a property's name decides, and what none is
found in is nobody's.  Without a file there are no protections.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, get_args

from pileus.image.policy import RULES
from pileus.kernel.caller import Caller

Verb = Literal["create", "read", "update", "delete"]
Mode = Literal["roles", "policies"]
Check = Callable[[Caller], bool]


class Protections:
    """Who may do what with which property."""

    def __init__(self, rules: Mapping[str, Mapping[Verb, Check]] | None = None) -> None:
        self._rules = None if rules is None else [(re.compile(name), verbs) for name, verbs in rules.items()]

    def may(self, who: Caller, verb: Verb, name: str) -> bool:
        """Whether a caller may do that with a property of that name."""
        if self._rules is None:
            return True
        return next((verbs[verb](who) for pattern, verbs in self._rules if pattern.search(name)), False)


def read_protections(path: str, mode: Mode) -> Protections:
    """Protections from a file, or none where there is no path; raises ValueError for what cannot be used."""
    if not path:
        return Protections()
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    try:
        parser.read_string(Path(path).read_text())
        return Protections({name: _verbs(parser[name], mode) for name in parser.sections()})
    except (OSError, configparser.Error, re.error, KeyError) as error:
        raise ValueError(f"{path}: {error}") from error


def _verbs(section: Mapping[str, str], mode: Mode) -> dict[Verb, Check]:
    return {verb: _check([word.strip() for word in section[verb].split(",")], mode) for verb in get_args(Verb)}


def _check(words: list[str], mode: Mode) -> Check:
    if words == ["@"]:
        return lambda who: True
    if words in (["!"], [""]):
        return lambda who: False
    if mode == "roles":
        roles = frozenset(word.lower() for word in words)
        return lambda who: bool(roles & who.roles)
    if len(words) != 1 or words[0] not in RULES:
        raise KeyError(f"one policy rule of images is wanted, not {', '.join(words)}")
    return lambda who: who.may(words[0])
