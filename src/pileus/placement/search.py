"""Which providers could serve a request together: a search through provider trees, with nothing but its arguments.

A request is a group without a suffix, whose classes any providers of one tree may serve between them, and groups
with a suffix, each served by one provider.  A tree's providers are helped by those that share with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pileus.placement.forest import Forest, Source, ancestors, by_root, tree_named
from pileus.placement.wishes import ANY_TRAITS, TraitWish, Wish, has_room

Part = tuple[str, str, int]
"""(provider, class, amount)."""

MOST = 1000
"""Candidates found at once; what is asked of many can be served in very many ways."""


@dataclass(frozen=True)
class Request:
    """What is asked, by the suffix of its group (the group without one has an empty suffix)."""

    groups: Mapping[str, Wish]
    is_isolated: bool = False
    """Whether groups with a suffix must have providers of their own."""
    root: TraitWish = ANY_TRAITS
    subtrees: Sequence[frozenset[str]] = ()
    """Suffixes of groups of whose providers one must be above the others."""
    whole_trees: bool = True
    """Whether providers below a root count."""


@dataclass(frozen=True)
class Option:
    """One way to serve one group."""

    suffix: str
    parts: tuple[Part, ...]
    providers: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """One way to serve the whole request."""

    options: tuple[Option, ...] = ()

    @property
    def holding(self) -> dict[str, dict[str, int]]:
        """What would be held, by provider and class."""
        found: dict[str, dict[str, int]] = {}
        for id, name, amount in itertools.chain.from_iterable(one.parts for one in self.options):
            held = found.setdefault(id, {})
            held[name] = held.get(name, 0) + amount
        return found

    @property
    def mappings(self) -> dict[str, list[str]]:
        """Which providers serve which group."""
        return {one.suffix: list(one.providers) for one in self.options}


@dataclass(frozen=True)
class Ground:
    """One tree, and who serves it."""

    trees: Forest
    root: Source
    own: Sequence[Source]
    shared: Sequence[Source]

    @property
    def serving(self) -> tuple[Source, ...]:
        """All of them."""
        return (*self.own, *self.shared)


def candidates(trees: Forest, request: Request, limit: int | None = None) -> list[Candidate]:
    """Ways to serve a request, tree by tree; the same way is told once."""
    found: dict[tuple[object, ...], Candidate] = {}
    for one in itertools.chain.from_iterable(_in_tree(ground, request) for ground in _grounds(trees, request)):
        key = tuple((option.suffix, option.parts, option.providers) for option in one.options)
        found.setdefault(key, one)
        if len(found) >= min(limit or MOST, MOST):
            break
    return list(found.values())


def _grounds(trees: Forest, request: Request) -> Iterator[Ground]:
    shared = [one for one in trees.values() if one.is_shared]
    for root_id, members in by_root(trees.values()).items():
        if not request.root.holds(trees[root_id].traits):
            continue
        near = frozenset[str]().union(*(one.aggregates for one in members))
        helpers = [one for one in shared if one.root_id != root_id and one.aggregates & near]
        own = [one for one in members if request.whole_trees or one.id == root_id]
        yield Ground(trees, trees[root_id], own, helpers)


def _in_tree(ground: Ground, request: Request) -> Iterator[Candidate]:
    options = [
        list(_together(ground, wish) if suffix == "" else _single(ground, suffix, wish))
        for suffix, wish in request.groups.items()
    ]
    if all(options):
        yield from _filled(ground, request, Candidate(), options)


def _filled(
    ground: Ground, request: Request, begun: Candidate, options: Sequence[Sequence[Option]]
) -> Iterator[Candidate]:
    """All ways to go on from what is served so far; a way without room is left at once."""
    if not options:
        if all(_is_one_subtree(ground.trees, begun, suffixes) for suffixes in request.subtrees):
            yield begun
        return
    for option in options[0]:
        if request.is_isolated and _overlaps(begun, option):
            continue
        further = Candidate((*begun.options, option))
        if all(has_room(ground.trees[id].stocks, amounts) for id, amounts in further.holding.items()):
            yield from _filled(ground, request, further, options[1:])


def _overlaps(begun: Candidate, option: Option) -> bool:
    taken = {id for one in begun.options if one.suffix and one.parts for id in one.providers}
    return bool(option.suffix and option.parts and taken & set(option.providers))


def _is_one_subtree(trees: Forest, found: Candidate, suffixes: frozenset[str]) -> bool:
    ids = {id for one in found.options if one.suffix in suffixes for id in one.providers}
    return any(all(top in ancestors(trees, trees[id]) for id in ids) for top in ids)


# ── one group ────────────────────────────────────────────────────────────────────────────────────────────


def _single(ground: Ground, suffix: str, wish: Wish) -> Iterator[Option]:
    """Providers that serve a group alone."""
    for one in ground.serving:
        if (
            _is_in(ground, one, wish)
            and has_room(one.stocks, wish.resources)
            and wish.traits.holds(one.traits)
            and wish.member_of.holds(one.aggregates)
        ):
            yield Option(suffix, tuple((one.id, name, amount) for name, amount in wish.resources.items()), (one.id,))


def _together(ground: Ground, wish: Wish) -> Iterator[Option]:
    """Providers that serve a group between them, class by class, and have its traits together."""
    able = [
        one
        for one in ground.serving
        if _is_in(ground, one, wish) and wish.traits.is_tolerated(one.traits) and _is_member(ground, one, wish)
    ]
    by_class = [
        [one for one in able if has_room(one.stocks, {name: amount})] for name, amount in wish.resources.items()
    ]
    for chosen in itertools.product(*by_class):
        if wish.traits.is_met(frozenset().union(*(one.traits for one in chosen))):
            parts = ((one.id, *part) for one, part in zip(chosen, wish.resources.items(), strict=True))
            yield Option("", tuple(parts), tuple(dict.fromkeys(one.id for one in chosen)))


def _is_in(ground: Ground, one: Source, wish: Wish) -> bool:
    return wish.in_tree is None or one.root_id == tree_named(ground.trees, wish.in_tree)


def _is_member(ground: Ground, one: Source, wish: Wish) -> bool:
    """A provider of the tree is in its root's aggregates too."""
    via_root = frozenset() if one in ground.shared else ground.root.aggregates
    return wish.member_of.holds(one.aggregates | via_root)
