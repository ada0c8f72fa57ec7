"""Policies kept for other programs to read; nothing here looks into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Column, Table, Text

from pileus.identity.api import all_linked, fresh_id, identity, linked, no_such
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.kernel.caller import Caller
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

MediaType = Annotated[str, Meta(max_length=255)]


class PolicyBlob(Listed, one="policy", many="policies", extras=object):
    """A text of some media type."""

    id: str = shown()
    type: MediaType = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    blob: str = given("create") | given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

policies = Table(
    "identity_policies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("type", Name, nullable=False),
    Column("blob", Text, nullable=False),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "policy"},
)

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_policy(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The policy a path names."""
    row = tx.find(policies, path["policy_id"])
    if row is None:
        raise no_such("policy", path["policy_id"])
    return row


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /policies", PolicyBlob, "list", rule="identity:list_policies")
def list_policies(tx: Tx, who: Caller, target: Mapping[str, Any], asked: PolicyBlob) -> Page:
    """Policies."""
    return all_linked(tx, "policies", listed(tx, policies, asked, *chosen(policies, asked, "type")))


@identity.route("POST /policies", PolicyBlob, "create", rule="identity:create_policy", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: PolicyBlob) -> Row:
    """Keep a policy."""
    row = tx.insert(policies, id=fresh_id(tx), type=asked.type, blob=asked.blob, extras=asked.extras)
    return linked(tx, "policies", row)


@identity.route("GET /policies/{policy_id}", PolicyBlob, "show", rule="identity:get_policy", of=one_policy)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: PolicyBlob) -> Row:
    """One policy."""
    return linked(tx, "policies", target)


@identity.route("PATCH /policies/{policy_id}", PolicyBlob, "update", rule="identity:update_policy", of=one_policy)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: PolicyBlob) -> Row:
    """Keep another text instead."""
    new = given_of(asked, "type blob") | {"extras": {**target["extras"], **asked.extras}}
    return linked(tx, "policies", tx.change(policies, target, **new))


@identity.route("DELETE /policies/{policy_id}", rule="identity:delete_policy", of=one_policy, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Forget a policy."""
    tx.remove(policies, target)
