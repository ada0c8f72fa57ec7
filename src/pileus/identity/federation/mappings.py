"""Mappings: rules that make a user of somebody's attributes; kept as they are given, once they are understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Table

from pileus.identity.api import all_linked, identity, linked, no_such
from pileus.identity.federation.language import VERSIONS, read_rules
from pileus.identity.federation.providers import checked_id
from pileus.identity.listing import Listed, listed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class AttributeMapping(Listed, one="mapping", many="mappings"):
    """Rules; `identity/federation/language.py` has their grammar."""

    id: str = given("create", default=UNSET) | shown()
    rules: list[Any] = given("create update") | shown()
    schema_version: str | None = given("create update", default=None) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

mappings = Table(
    "identity_mappings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rules", Document, nullable=False),
    Column("schema_version", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "mapping"},
)

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_PLACE = "OS-FEDERATION/mappings"


def one_mapping(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The mapping a path names."""
    row = tx.find(mappings, path["mapping_id"])
    if row is None:
        raise no_such("mapping", path["mapping_id"])
    return row


def _check(rules: list[Any], version: str) -> None:
    """Raises Invalid for rules that cannot be understood."""
    if version not in VERSIONS:
        raise Invalid(f"Invalid input for field/attribute schema_version. It is one of {', '.join(VERSIONS)}.")
    read_rules(rules, version)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_ONE = f"/{_PLACE}/{{mapping_id}}"


@identity.route(f"GET /{_PLACE}", AttributeMapping, "list", rule="identity:list_mappings")
def list_mappings(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AttributeMapping) -> Page:
    """Mappings."""
    return all_linked(tx, _PLACE, listed(tx, mappings, asked))


@identity.route(f"PUT {_ONE}", AttributeMapping, "create", rule="identity:create_mapping", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AttributeMapping) -> Row:
    """Keep rules under the name in the path."""
    mapping_id = checked_id(target["mapping_id"])
    if asked.id not in (UNSET, mapping_id):
        raise Invalid("Conflicting mapping IDs specified: the body's is not the path's.")
    version = asked.schema_version or VERSIONS[0]
    _check(asked.rules, version)
    if tx.find(mappings, mapping_id) is not None:
        raise Conflict(f"Conflict occurred attempting to store mapping - Duplicate entry: {mapping_id}.")
    return linked(tx, _PLACE, tx.insert(mappings, id=mapping_id, rules=asked.rules, schema_version=version))


@identity.route(f"GET {_ONE}", AttributeMapping, "show", rule="identity:get_mapping", of=one_mapping)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AttributeMapping) -> Row:
    """One mapping."""
    return linked(tx, _PLACE, target)


@identity.route(f"PATCH {_ONE}", AttributeMapping, "update", rule="identity:update_mapping", of=one_mapping)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: AttributeMapping) -> Row:
    """Keep other rules instead; they hold from the next arrival on."""
    version = asked.schema_version or target["schema_version"]
    _check(asked.rules, version)
    return linked(tx, _PLACE, tx.change(mappings, target, rules=asked.rules, schema_version=version))


@identity.route(f"DELETE {_ONE}", rule="identity:delete_mapping", of=one_mapping, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Forget rules; a protocol that names them receives nobody until it names others."""
    tx.remove(mappings, target)
