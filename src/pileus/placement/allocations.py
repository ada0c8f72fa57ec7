"""Allocations as callers see them: what a consumer holds of providers, and what is held of a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.shapes import ask, unreadable
from pileus.kernel.store import Row, Tx
from pileus.kernel.values import Uuid, read_value
from pileus.kernel.versions import Change, change
from pileus.placement.api import concurrent, dated, placement
from pileus.placement.changes import GUARDED_CLAIMS
from pileus.placement.claims import NOBODY, Claim, Consumer, release, set_claims
from pileus.placement.names import Amount, ClassName
from pileus.placement.providers import provider_of
from pileus.placement.table import HELD_BY, HELD_ON, consumers
from pileus.placement.wishes import read_uuid

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

ProviderId = Annotated[str, Meta(pattern=r"^[0-9a-fA-F-]{36}\Z")]
Owner = Annotated[str, Meta(min_length=1, max_length=255)]
Type = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[A-Z0-9_]+\Z")]
Amounts = Annotated[dict[ClassName, Amount], Meta(min_length=1)]
Suffix = Annotated[str, Meta(max_length=64)]
Mappings = Annotated[dict[Suffix, Annotated[list[Uuid], Meta(min_length=1)]], Meta(min_length=1)]


class Held(msgspec.Struct, forbid_unknown_fields=True):
    """What is held of one provider."""

    resources: Amounts
    generation: int | None = None
    """As it was told; it means nothing here."""


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A provider by its identifier, as it was spoken of before 1.12."""

    uuid: Uuid


class HeldOf(msgspec.Struct, forbid_unknown_fields=True):
    """What is held of one provider, as it was written before 1.12."""

    resource_provider: Named
    resources: Amounts


ByProvider = dict[ProviderId, Held]
Some = Annotated[ByProvider, Meta(min_length=1)]
Listed = Annotated[list[HeldOf], Meta(min_length=1)]


class Allocations(Resource):
    """All that one consumer holds."""

    allocations: ByProvider = (
        given("update manage", since="1.28")
        | given("update", Some, since="1.12", until="1.28")
        | given("update", Listed, until="1.12")
        | given("manage", until="1.28")
        | shown()
    )
    project_id: Owner = given("update manage", since="1.8") | shown(since="1.12", maybe=True)
    user_id: Owner = given("update manage", since="1.8") | shown(since="1.12", maybe=True)
    consumer_generation: int | None = given("update manage", since="1.28") | shown(since="1.28", maybe=True)
    consumer_type: Type = given("update manage", since="1.38") | shown(since="1.38", maybe=True)
    mappings: Mappings = given("update manage", default=UNSET, since="1.34")


@change(Allocations, since="1.12")
class ByNameOfProvider(Change):
    """What is held is written by provider; before, it was a list."""

    @staticmethod
    def older_ask(verb: str, asked: Any, notes: dict[str, Any]) -> None:
        if verb == "update":
            found: dict[str, Held] = {}
            for one in asked.allocations:
                found.setdefault(one.resource_provider.uuid, Held({})).resources.update(one.resources)
            asked.allocations = found


class Several(Resource, extras=object):
    """What several consumers are to hold, each under its identifier."""


class ProviderAllocations(Resource):
    """What is held of a provider, by consumer."""

    allocations: dict[str, Any] = shown()
    resource_provider_generation: int = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def claim_of(tx: Tx, consumer_id: str, asked: Any) -> Claim:
    """What is asked for a consumer; raises Conflict where it is not in the generation the caller knows."""
    known = tx.find(consumers, consumer_id)
    _check_generation(known, consumer_id, asked.consumer_generation)
    consumer = Consumer(
        consumer_id,
        _kept(known, "project_id", NOBODY) if asked.project_id is UNSET else asked.project_id,
        _kept(known, "user_id", NOBODY) if asked.user_id is UNSET else asked.user_id,
        _kept(known, "type", None) if asked.consumer_type is UNSET else asked.consumer_type,
    )
    return Claim(consumer, {id.lower(): held.resources for id, held in asked.allocations.items()})


def _kept(known: Row | None, name: str, else_: Any) -> Any:
    """What an older caller cannot say stays as it was."""
    return else_ if known is None else known[name]


def _check_generation(known: Row | None, consumer_id: str, expected: int | None) -> None:
    present = None if known is None else known["generation"]
    if expected is not UNSET and expected != present:
        raise concurrent(f"consumer generation conflict: {consumer_id} is at {present}, and {expected} is given.")


def claims_from(tx: Tx, who: Caller, given: Mapping[str, object]) -> list[Claim]:
    """What is asked for several consumers, each in the words of the caller's version; raises Invalid, Conflict."""
    struct = ask(Allocations, "manage", who.at).struct
    claims = []
    for consumer_id, words in given.items():
        try:
            asked = msgspec.convert(words, struct, dec_hook=read_value)
        except msgspec.ValidationError as error:
            raise unreadable(error) from error
        claims.append(claim_of(tx, read_uuid("consumer_uuid", consumer_id), asked))
    return claims


def _held(rows: list[Row], key: str, name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(row[key], {name: row["generation"], "resources": {}})
        one["resources"][row["resource_class"]] = row["used"]
    return found


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@placement.route("GET /allocations/{consumer_uuid}", Allocations, "show", rule="placement:allocations:list")
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Allocations) -> Answer:
    """What a consumer holds, and whose it is; nothing at all where it holds nothing."""
    consumer_id = target["consumer_uuid"].lower()
    held = _held(tx.all(HELD_BY, id=consumer_id), "provider_id", "generation")
    row = tx.find(consumers, consumer_id)
    if row is None:
        return dated(who, {"allocations": held}, tx.now)
    whose = {name: row[name] for name in ("project_id", "user_id")}
    kept = {"consumer_generation": row["generation"], "consumer_type": row["type"] or "unknown"}
    return dated(who, {"allocations": held, **whose, **kept}, row["updated_at"] or row["created_at"])


@placement.route(
    "PUT /allocations/{consumer_uuid}", Allocations, "update", rule="placement:allocations:update", code=204
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Allocations) -> None:
    """Let a consumer hold exactly this."""
    set_claims(tx, [claim_of(tx, read_uuid("consumer_uuid", target["consumer_uuid"]), asked)])


@placement.route("POST /allocations", Several, "manage", rule="placement:allocations:manage", since="1.13", code=204)
def manage(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Several) -> None:
    """Let several consumers hold exactly this, all or none; what one gives up another may have."""
    if not asked.extras:
        raise Invalid("Invalid input. At least one consumer is wanted.")
    set_claims(tx, claims_from(tx, who, asked.extras))


@placement.route("DELETE /allocations/{consumer_uuid}", Nothing, rule="placement:allocations:delete", code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Let a consumer hold nothing."""
    consumer_id = target["consumer_uuid"].lower()
    if tx.find(consumers, consumer_id) is None:
        raise Missing(f"No allocations for consumer '{consumer_id}'.")
    release(tx, consumer_id)


@placement.route(
    "GET /resource_providers/{uuid}/allocations",
    ProviderAllocations,
    "show",
    rule="placement:resource_providers:allocations:list",
)
def show_of_provider(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ProviderAllocations) -> Answer:
    """What is held of a provider, by consumer."""
    provider = provider_of(tx, target["uuid"])
    held = _held(tx.all(HELD_ON, id=provider["id"]), "consumer_id", "consumer_generation")
    if not who.can(GUARDED_CLAIMS):
        held = {id: {"resources": one["resources"]} for id, one in held.items()}
    return dated(who, {"allocations": held, "resource_provider_generation": provider["generation"]}, tx.now)
