"""Allocation candidates: what could be claimed, and of whom, to serve a request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx
from pileus.placement.api import MISSING_VALUE, bad_value, dated, placement
from pileus.placement.changes import (
    ALL_CLASSES,
    BY_AGGREGATE,
    BY_TRAIT,
    CLAIMS_BY_PROVIDER,
    MAPPINGS,
    NAMED_GROUPS,
    NUMBERED_GROUPS,
    SAME_SUBTREE,
    WHOLE_TREES,
    WITHIN_TREE,
)
from pileus.placement.forest import Forest, Source, forest
from pileus.placement.providers import check_single, read_aggregates, read_traits
from pileus.placement.resource_classes import check_classes
from pileus.placement.search import Candidate, Request, candidates
from pileus.placement.traits.traits import check_traits
from pileus.placement.wishes import ANY_TRAITS, TraitWish, Wish, read_resources, read_uuid

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Limit = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,8}\Z")]


class Candidates(Resource, extras=str):
    """Ways to serve a request; its groups are further parameters, such as `resources` and `required_NET`."""

    limit: Limit = given("list", default=UNSET, since="1.16")
    group_policy: Literal["none", "isolate"] = given("list", default=UNSET, since="1.25")
    root_required: list[str] = given("list", default=[], since="1.35")
    same_subtree: list[str] = given("list", default=[], since="1.36")
    allocation_requests: list[dict[str, Any]] = shown()
    provider_summaries: dict[str, dict[str, Any]] = shown()


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

Groups = dict[str, dict[str, list[str]]]
"""Texts by suffix and key."""

_KEY = re.compile(r"(resources|required|member_of|in_tree)([a-zA-Z0-9_-]{0,64})\Z")
_NUMBER = re.compile(r"[1-9][0-9]*\Z")
_SINCE = {"required": BY_TRAIT, "member_of": BY_AGGREGATE, "in_tree": WITHIN_TREE}


def _gathered(who: Caller, pairs: Iterable[tuple[str, str]]) -> Groups:
    """The query's parameters by group; raises Invalid for those that do not exist in the caller's version."""
    found: Groups = {}
    for name, text in pairs:
        match = _KEY.match(name)
        if match is None or not _is_known(who, match[1], match[2]):
            raise Invalid(f"Invalid query string parameters: {name!r} was unexpected.")
        found.setdefault(match[2], {}).setdefault(match[1], []).append(text)
    return found


def _is_known(who: Caller, key: str, suffix: str) -> bool:
    may_have = not suffix or who.can(NAMED_GROUPS) or (who.can(NUMBERED_GROUPS) and bool(_NUMBER.match(suffix)))
    return may_have and (key not in _SINCE or who.can(_SINCE[key]))


def _wish(who: Caller, suffix: str, texts: Mapping[str, list[str]]) -> Wish:
    for key in ("resources", "in_tree"):
        check_single(key + suffix, texts.get(key, []))
    resources = read_resources(texts["resources"][0]) if "resources" in texts else {}
    in_tree = read_uuid("in_tree" + suffix, texts["in_tree"][0]) if "in_tree" in texts else None
    member_of = read_aggregates(who, texts.get("member_of", []))
    return Wish(resources, read_traits(who, texts.get("required", [])), member_of, in_tree)


def request_of(who: Caller, asked: Candidates) -> Request:
    """What the query asks for; raises Invalid."""
    groups = {suffix: _wish(who, suffix, texts) for suffix, texts in _gathered(who, asked.extras).items()}
    subtrees = [frozenset(text.split(",")) for text in asked.same_subtree or ()] if who.can(SAME_SUBTREE) else []
    _check(groups, subtrees)
    many = [suffix for suffix, wish in groups.items() if suffix and wish.resources]
    if len(many) > 1 and asked.group_policy is UNSET:
        said = 'The "group_policy" parameter is required when specifying more than one "resources{N}" parameter.'
        raise Invalid(said, extra={"code": MISSING_VALUE})
    is_isolated = asked.group_policy == "isolate"
    return Request(groups, is_isolated, _root(who, asked), subtrees, who.can(WHOLE_TREES))


def _root(who: Caller, asked: Candidates) -> TraitWish:
    if not asked.root_required:
        return ANY_TRAITS
    check_single("root_required", asked.root_required)
    if asked.root_required[0].startswith("in:"):
        raise bad_value("The prefix in: is not known in root_required.")
    return read_traits(who, asked.root_required)


def _check(groups: Mapping[str, Wish], subtrees: Sequence[frozenset[str]]) -> None:
    if not any(wish.resources for wish in groups.values()):
        raise Invalid("At least one request group (`resources` or `resources{$S}`) is required.")
    spoken = frozenset[str]().union(*subtrees)
    if unknown := sorted(spoken - (groups.keys() - {""})):
        raise bad_value(f"Real suffixes should be specified in same_subtree: {', '.join(unknown)}.")
    for suffix, wish in groups.items():
        if not wish.resources and suffix not in spoken:
            raise bad_value(
                f"All traits and aggregates must be associated with resources: resources{suffix} is missing."
            )


# ── showing ──────────────────────────────────────────────────────────────────────────────────────────────


def _shown(who: Caller, one: Candidate) -> dict[str, Any]:
    if not who.can(CLAIMS_BY_PROVIDER):
        held = [{"resource_provider": {"uuid": id}, "resources": amounts} for id, amounts in one.holding.items()]
        return {"allocations": held}
    shown: dict[str, Any] = {"allocations": {id: {"resources": amounts} for id, amounts in one.holding.items()}}
    if who.can(MAPPINGS):
        shown["mappings"] = one.mappings
    return shown


def _summary(who: Caller, one: Source, asked: frozenset[str]) -> dict[str, Any]:
    told = one.stocks if who.can(ALL_CLASSES) else {name: one.stocks[name] for name in asked & one.stocks.keys()}
    found: dict[str, Any] = {
        "resources": {name: {"capacity": stock.capacity, "used": stock.used} for name, stock in told.items()}
    }
    if who.can(BY_TRAIT):
        found["traits"] = sorted(one.traits)
    if who.can(WHOLE_TREES):
        found |= {"parent_provider_uuid": one.parent_id, "root_provider_uuid": one.root_id}
    return found


def _told(who: Caller, trees: Forest, found: Sequence[Candidate]) -> list[Source]:
    """The providers to tell of: those that serve, and in newer versions all that stand in a tree with them."""
    serving = {id for one in found for option in one.options for id in option.providers}
    if not who.can(WHOLE_TREES):
        return [trees[id] for id in trees if id in serving]
    roots = {trees[id].root_id for id in serving}
    return [one for one in trees.values() if one.root_id in roots]


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@placement.route(
    "GET /allocation_candidates",
    Candidates,
    "list",
    rule="placement:allocation_candidates:list",
    since="1.10",
)
def list_candidates(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Candidates) -> Answer:
    """Ways to serve a request, and what is known of the providers in them."""
    request = request_of(who, asked)
    classes = frozenset(name for wish in request.groups.values() for name in wish.resources)
    check_classes(tx, classes, "No such resource class")
    check_traits(tx, request.root.named.union(*(wish.traits.named for wish in request.groups.values())))
    trees = forest(tx)
    found = candidates(trees, request, None if asked.limit is UNSET else int(asked.limit))
    summaries = {one.id: _summary(who, one, classes) for one in _told(who, trees, found)}
    shown = {"allocation_requests": [_shown(who, one) for one in found], "provider_summaries": summaries}
    return dated(who, shown, tx.now)
