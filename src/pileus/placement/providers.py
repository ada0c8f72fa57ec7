"""Resource providers: whatever has something to give, alone or as a part of another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.kernel.values import Uuid
from pileus.kernel.versions import codes
from pileus.placement.api import (
    DUPLICATE_KEY,
    DUPLICATE_NAME,
    PARENT_IN_USE,
    PROVIDER_IN_USE,
    address,
    concurrent,
    dated,
    placement,
)
from pileus.placement.changes import (
    ANY_TRAIT,
    FORBIDDEN_AGGREGATES,
    FORBIDDEN_TRAITS,
    NEW_PARENTS,
    SEVERAL_MEMBERSHIPS,
    SHOWS_MADE,
)
from pileus.placement.forest import forest, meeting
from pileus.placement.resource_classes import check_classes
from pileus.placement.table import (
    ANY_HELD_ON,
    CHILD,
    EVERY_PROVIDER,
    OF_ROOT,
    PROVIDER_NAMED,
    providers,
)
from pileus.placement.traits.traits import check_traits
from pileus.placement.wishes import MemberWish, TraitWish, Wish, read_member_of, read_required, read_resources

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Name = Annotated[str, Meta(max_length=200)]


def _links(*parts: str) -> Callable[[str], list[dict[str, str]]]:
    def links(id: str) -> list[dict[str, str]]:
        root = f"{placement.root}/resource_providers/{id}"
        return [{"rel": "self", "href": root}, *({"rel": part, "href": f"{root}/{part}"} for part in parts)]

    return links


class Provider(Resource, many="resource_providers"):
    """Something that has resources to give: a host, a part of it, a pool that several hosts share."""

    id: Uuid = given("create list", default=UNSET, wire="uuid") | shown(wire="uuid")
    name: Name = given("create update") | given("list", str, default=UNSET) | shown()
    generation: int = shown()
    parent_id: Uuid | None = given("create update", default=UNSET, since="1.14", wire="parent_provider_uuid") | shown(
        since="1.14", wire="parent_provider_uuid"
    )
    root_id: str = shown(since="1.14", wire="root_provider_uuid")
    links: list[dict[str, str]] = (
        shown(until="1.1", made=_links("inventories", "usages"))
        | shown(since="1.1", until="1.6", made=_links("inventories", "usages", "aggregates"))
        | shown(since="1.6", until="1.11", made=_links("inventories", "usages", "aggregates", "traits"))
        | shown(since="1.11", made=_links("inventories", "usages", "aggregates", "traits", "allocations"))
    )
    member_of: list[str] = given("list", default=[], since="1.3")
    resources: str = given("list", default=UNSET, since="1.4")
    in_tree: Uuid = given("list", default=UNSET, since="1.14")
    required: list[str] = given("list", default=[], since="1.18")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def provider_of(tx: Tx, id: str) -> Row:
    """A provider; raises Missing."""
    row = tx.find(providers, id.lower())
    if row is None:
        raise Missing(f"No resource provider with uuid {id} found")
    return row


def step(tx: Tx, provider: Row, expected: int | None = None) -> Row:
    """The provider in its next generation; raises Conflict if it is no longer in the expected one."""
    if expected is not None and expected != provider["generation"]:
        raise concurrent(
            f"resource provider generation conflict: {expected} is given, {provider['generation']} is the present one. "
            "Please update the generation and try again."
        )
    return tx.change(providers, provider, generation=provider["generation"] + 1)


def _shown(row: Row) -> dict[str, Any]:
    return {**row, "links": row["id"]}


def _told(who: Caller, row: Row) -> Answer:
    return dated(who, _shown(row), row["updated_at"] or row["created_at"])


def make(tx: Tx, *, id: str, name: str, parent_id: str | None = None) -> Row:
    """A new provider, the root of a tree or a part of another one; raises Invalid or Conflict."""
    if tx.find(providers, id) is not None:
        raise Conflict(f"Conflicting resource provider uuid: {id} already exists.", extra={"code": DUPLICATE_NAME})
    _check_name(tx, name)
    parent = tx.find(providers, parent_id) if parent_id else None
    if parent_id and parent is None:
        raise Invalid(f"The parent resource provider {parent_id} does not exist.")
    root_id = id if parent is None else parent["root_id"]
    return tx.insert(providers, id=id, name=name, parent_id=parent_id, root_id=root_id)


def _check_name(tx: Tx, name: str) -> None:
    if tx.one(PROVIDER_NAMED, name=name) is not None:
        raise Conflict(f"Conflicting resource provider name: {name} already exists.", extra={"code": DUPLICATE_NAME})


def rename(tx: Tx, provider: Row, name: str) -> Row:
    """Give a provider a name that no other has; raises Conflict."""
    if name == provider["name"]:
        return provider
    _check_name(tx, name)
    return tx.change(providers, provider, name=name)


def _move(tx: Tx, provider: Row, parent_id: str | None) -> Row:
    """Put a provider, with all below it, below another one, or by itself; raises Invalid."""
    tree = {row["id"]: row for row in tx.all(OF_ROOT, root_id=provider["root_id"])}
    below = _below(tree, provider["id"])
    parent = tx.find(providers, parent_id) if parent_id else None
    if parent_id and parent is None:
        raise Invalid(f"The parent resource provider {parent_id} does not exist.")
    if parent_id in below:
        raise Invalid(f"Resource provider {provider['id']} cannot be a part of {parent_id}: that would be a loop.")
    root_id = provider["id"] if parent is None else parent["root_id"]
    for id in below - {provider["id"]}:
        tx.change(providers, tree[id], root_id=root_id)
    return tx.change(providers, provider, parent_id=parent_id, root_id=root_id)


def _below(tree: Mapping[str, Row], id: str) -> set[str]:
    found = {id}
    while more := {row["id"] for row in tree.values() if row["parent_id"] in found} - found:
        found |= more
    return found


def forget(tx: Tx, provider: Row) -> None:
    """Strike a provider, with its inventories, traits and memberships; raises Conflict while it is used."""
    if tx.one(CHILD, id=provider["id"]) is not None:
        raise Conflict(
            f"Unable to delete parent resource provider {provider['id']}: it has child resource providers.",
            extra={"code": PARENT_IN_USE},
        )
    if tx.one(ANY_HELD_ON, id=provider["id"]) is not None:
        raise Conflict(
            f"Unable to delete resource provider {provider['id']}: it has allocations.",
            extra={"code": PROVIDER_IN_USE},
        )
    tx.remove(providers, provider)


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────


def _wish(tx: Tx, who: Caller, asked: Provider) -> Wish | None:
    """What the query asks of a provider, or None where it asks for no more than a name."""
    if asked.resources is UNSET and asked.in_tree is UNSET and not asked.member_of and not asked.required:
        return None
    resources = {} if asked.resources is UNSET else read_resources(asked.resources)
    wanted = read_traits(who, asked.required or ())
    check_classes(tx, resources, "No such resource class")
    check_traits(tx, wanted.named)
    in_tree = None if asked.in_tree is UNSET else asked.in_tree
    return Wish(resources, wanted, read_aggregates(who, asked.member_of or ()), in_tree)


def read_traits(who: Caller, texts: Sequence[str]) -> TraitWish:
    """`required`, as far as the caller's version has it; raises Invalid."""
    check_single("required", texts, may_repeat=who.can(ANY_TRAIT))
    return read_required(texts, may_forbid=who.can(FORBIDDEN_TRAITS), may_choose=who.can(ANY_TRAIT))


def read_aggregates(who: Caller, texts: Sequence[str]) -> MemberWish:
    """`member_of`, as far as the caller's version has it; raises Invalid."""
    check_single("member_of", texts, may_repeat=who.can(SEVERAL_MEMBERSHIPS))
    return read_member_of(texts, may_forbid=who.can(FORBIDDEN_AGGREGATES))


def check_single(name: str, texts: Sequence[str], *, may_repeat: bool = False) -> None:
    """Refuse a parameter given twice."""
    if len(texts) > 1 and not may_repeat:
        raise Invalid(f"Query parameter {name} may be given only once.", extra={"code": DUPLICATE_KEY})


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@placement.route("GET /resource_providers", Provider, "list", rule="placement:resource_providers:list")
def list_providers(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Provider) -> Answer:
    """Providers that meet everything that is asked, oldest first."""
    wish = _wish(tx, who, asked)
    rows = tx.all(EVERY_PROVIDER) if wish is None else [one.row for one in meeting(forest(tx), wish)]
    found = [row for row in rows if asked.name in (UNSET, row["name"]) and asked.id in (UNSET, row["id"])]
    return dated(who, [_shown(row) for row in found], tx.now)


@placement.route(
    "POST /resource_providers",
    Provider,
    "create",
    rule="placement:resource_providers:create",
    code=codes(201, v1_20=200),
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Provider) -> Answer:
    """Make a provider known; 409 where its name or identifier is."""
    id = tx.new_id() if asked.id is UNSET else asked.id
    row = make(tx, id=id, name=asked.name, parent_id=None if asked.parent_id is UNSET else asked.parent_id)
    value = _shown(row) if who.can(SHOWS_MADE) else None
    return dated(who, value, tx.now, location=address(tx, f"/resource_providers/{id}"))


@placement.route("GET /resource_providers/{uuid}", Provider, "show", rule="placement:resource_providers:show")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Provider) -> Answer:
    """One provider."""
    return _told(who, provider_of(tx, target["uuid"]))


@placement.route("PUT /resource_providers/{uuid}", Provider, "update", rule="placement:resource_providers:update")
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Provider) -> Answer:
    """Another name, or another place in a tree; before 1.37 a place once given was for ever."""
    provider = rename(tx, provider_of(tx, target["uuid"]), asked.name)
    parent_id = provider["parent_id"] if asked.parent_id is UNSET else asked.parent_id
    if parent_id != provider["parent_id"]:
        if provider["parent_id"] is not None and not who.can(NEW_PARENTS):
            raise Invalid("The parent of a resource provider cannot be changed once it is set.")
        provider = _move(tx, provider, parent_id)
    return _told(who, provider)


@placement.route(
    "DELETE /resource_providers/{uuid}", Provider, "delete", rule="placement:resource_providers:delete", code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Provider) -> None:
    """Strike a provider that nothing is held of."""
    forget(tx, provider_of(tx, target["uuid"]))
