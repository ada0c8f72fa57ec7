"""What a query asks of providers: amounts, traits, aggregates; read from its texts, and held against a provider."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pileus.kernel.values import Uuid
from pileus.placement.api import bad_value
from pileus.placement.stock import MOST, Stocks

_RESOURCE = re.compile(r"([A-Z0-9_]+):([1-9][0-9]{0,9})\Z")
_TRAIT = re.compile(r"[A-Z0-9_]{1,255}\Z")


@dataclass(frozen=True)
class TraitWish:
    """Traits that are wanted, those that are not, and sets of which one is enough."""

    all: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()
    any: tuple[frozenset[str], ...] = ()

    def holds(self, traits: Collection[str]) -> bool:
        """Whether a provider (or several together) with these traits will do."""
        return self.is_met(traits) and self.is_tolerated(traits)

    def is_met(self, traits: Collection[str]) -> bool:
        """Whether all that is wanted is there."""
        return self.all <= frozenset(traits) and all(one & frozenset(traits) for one in self.any)

    def is_tolerated(self, traits: Collection[str]) -> bool:
        """Whether nothing is there that is not wanted."""
        return not self.none & frozenset(traits)

    @property
    def named(self) -> frozenset[str]:
        """All traits it speaks of."""
        return self.all.union(self.none, *self.any)


@dataclass(frozen=True)
class MemberWish:
    """Sets of aggregates, of each of which a provider must be in one, and aggregates it must not be in."""

    any: tuple[frozenset[str], ...] = ()
    none: frozenset[str] = frozenset()

    def holds(self, aggregates: Collection[str]) -> bool:
        """Whether a provider in these aggregates will do."""
        mine = frozenset(aggregates)
        return all(one & mine for one in self.any) and not self.none & mine


ANY_TRAITS = TraitWish()
ANYWHERE = MemberWish()


@dataclass(frozen=True)
class Wish:
    """Everything asked of one provider, or of several that serve together."""

    resources: Mapping[str, int]
    traits: TraitWish = ANY_TRAITS
    member_of: MemberWish = ANYWHERE
    in_tree: str | None = None


def has_room(stocks: Stocks, resources: Mapping[str, int]) -> bool:
    """Whether a provider can give all of it."""
    return all(name in stocks and stocks[name].takes(amount) for name, amount in resources.items())


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────


def read_resources(text: str) -> dict[str, int]:
    """`VCPU:2,MEMORY_MB:512`; raises Invalid."""
    found: dict[str, int] = {}
    for part in text.split(","):
        match = _RESOURCE.match(part)
        if match is None or int(match[2]) > MOST:
            raise bad_value(f"Malformed resources parameter: CLASS:AMOUNT was expected, not {part!r}.")
        found[match[1]] = int(match[2])
    return found


def read_required(texts: Sequence[str], *, may_forbid: bool, may_choose: bool) -> TraitWish:
    """`A,!B` and `in:C,D`; raises Invalid, also where a version older than the syntax is spoken."""
    wanted: set[str] = set()
    forbidden: set[str] = set()
    choices: list[frozenset[str]] = []
    for text in texts:
        if may_choose and text.startswith("in:"):
            choices.append(frozenset(_trait(name) for name in text[3:].split(",")))
            continue
        for name in text.split(","):
            is_forbidden = may_forbid and name.startswith("!")
            (forbidden if is_forbidden else wanted).add(_trait(name[1:] if is_forbidden else name))
    contradicted = sorted(wanted & forbidden) or sorted(name for one in choices if one <= forbidden for name in one)
    if contradicted:
        raise bad_value(f"Traits both required and forbidden: {', '.join(contradicted)}.")
    return TraitWish(frozenset(wanted), frozenset(forbidden), tuple(choices))


def _trait(name: str) -> str:
    if not _TRAIT.match(name):
        raise bad_value(f"Malformed required parameter: {name!r} is not the name of a trait.")
    return name


def read_member_of(texts: Sequence[str], *, may_forbid: bool) -> MemberWish:
    """`A`, `in:A,B`, `!A` and `!in:A,B`; raises Invalid."""
    choices: list[frozenset[str]] = []
    forbidden: set[str] = set()
    for text in texts:
        is_forbidden = may_forbid and text.startswith("!")
        rest = text[1:] if is_forbidden else text
        is_list = rest.startswith("in:")
        ids = [read_uuid("member_of", one) for one in (rest[3:].split(",") if is_list else [rest])]
        if is_forbidden:
            forbidden.update(ids)
        else:
            choices.append(frozenset(ids))
    return MemberWish(tuple(choices), frozenset(forbidden))


def read_uuid(name: str, text: str) -> str:
    """An identifier in lower case; raises Invalid."""
    try:
        return str(Uuid.read(text))
    except ValueError:
        raise bad_value(f"Expected '{name}' parameter to contain identifiers (uuid), not {text!r}.") from None
