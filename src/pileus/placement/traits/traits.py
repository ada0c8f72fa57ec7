"""Traits: qualities a provider has or has not; the standard ones, and those an operator names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from sqlalchemy import bindparam, select

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.placement.api import address, bad_value, dated, placement
from pileus.placement.names import TRAITS, is_custom
from pileus.placement.table import provider_traits, traits

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Traits(Resource):
    """The names of traits."""

    traits: list[str] = shown()
    name: str = given("list", default=UNSET)
    associated: Literal["true", "True", "TRUE", "false", "False", "FALSE"] = given("list", default=UNSET)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_OWN = select(traits.c.name)
_SOME = _OWN.where(traits.c.name.in_(bindparam("names", expanding=True)))
_ASSOCIATED = select(provider_traits.c.trait).distinct()
_IN_USE = select(provider_traits.c.provider_id).where(provider_traits.c.trait == bindparam("name")).limit(1)


def check_traits(tx: Tx, names: Collection[str]) -> None:
    """Refuse traits that do not exist; raises Invalid."""
    rest = frozenset(names) - TRAITS
    unknown = rest - {row["name"] for row in tx.all(_SOME, names=list(rest))} if rest else ()
    if unknown:
        raise Invalid(f"No such trait(s): {', '.join(sorted(unknown))}.")


def ensure_trait(tx: Tx, name: str) -> bool:
    """Make sure that a trait exists; whether it is new."""
    if name in TRAITS or tx.find(traits, name) is not None:
        return False
    tx.insert(traits, name=name)
    return True


def _trait_of(tx: Tx, name: str) -> Row:
    row = tx.find(traits, name)
    if row is None:
        raise Missing(f"No such trait: {name}.")
    return row


def _named(text: str) -> Callable[[str], bool]:
    """`startswith:A` or `in:A,B`; raises Invalid."""
    operator, _, value = text.partition(":")
    if operator == "startswith":
        return lambda name: name.startswith(value)
    if operator == "in":
        names = frozenset(value.split(","))
        return lambda name: name in names
    raise bad_value(f"Badly formatted name parameter {text!r}: startswith:PREFIX or in:NAME,NAME was expected.")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@placement.route("GET /traits", Traits, "list", rule="placement:traits:list", since="1.6")
def list_traits(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Traits) -> Answer:
    """All traits, or those of some names, or those that providers have (or that none has)."""
    found = TRAITS | {row["name"] for row in tx.all(_OWN)}
    if asked.associated is not UNSET:
        associated = {row["trait"] for row in tx.all(_ASSOCIATED)}
        found = found & associated if asked.associated.lower() == "true" else found - associated
    is_asked = (lambda name: True) if asked.name is UNSET else _named(asked.name)
    return dated(who, {"traits": sorted(filter(is_asked, found))}, tx.now)


@placement.route("GET /traits/{name}", Nothing, rule="placement:traits:show", since="1.6", code=204)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Whether there is such a trait."""
    name = target["name"]
    return dated(who, None, tx.now if name in TRAITS else _trait_of(tx, name)["created_at"])


@placement.route("PUT /traits/{name}", Nothing, rule="placement:traits:update", since="1.6", code=204)
def ensure(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Make sure that a trait of one's own exists."""
    name = target["name"]
    if not is_custom(name):
        raise Invalid(f"The name of a trait of one's own begins with CUSTOM_ and has only A-Z, 0-9, _: {name}.")
    code = 201 if ensure_trait(tx, name) else 204
    return dated(who, None, tx.now, code=code, location=address(tx, f"/traits/{name}"))


@placement.route("DELETE /traits/{name}", Nothing, rule="placement:traits:delete", since="1.6", code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Forget a trait that no provider has."""
    name = target["name"]
    if name in TRAITS:
        raise Invalid(f"The trait {name} is a standard one and cannot be deleted.")
    row = _trait_of(tx, name)
    if tx.one(_IN_USE, name=name) is not None:
        raise Conflict(f"The trait {name} is in use by a resource provider.")
    tx.remove(traits, row)
