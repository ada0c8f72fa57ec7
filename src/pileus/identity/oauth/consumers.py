"""Consumers: programs that are known here by a key and a secret, as OAuth 1 has them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Table, Text

from pileus.identity.api import all_linked, fresh_id, identity, linked, no_such
from pileus.identity.auth.keys import CredentialKeys
from pileus.identity.auth.tokens import seconds_of
from pileus.identity.listing import Listed, given_of, listed
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Consumer(Listed, one="consumer", many="consumers", extras=object):
    """A program."""

    id: str = shown()
    description: str | None = given("create", default=None) | given("update", default=UNSET) | shown()
    secret: str = given("update", default=UNSET) | shown("create")
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

consumers = Table(
    "identity_consumers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("description", Text),
    Column("sealed_secret", Text, nullable=False),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "consumer", "secret": {"sealed_secret"}, "sealed": "sealed_secret"},
)

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_PLACE = "OS-OAUTH1/consumers"


def one_consumer(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The consumer a path names."""
    row = tx.find(consumers, path["consumer_id"])
    if row is None:
        raise no_such("consumer", path["consumer_id"])
    return row


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /OS-OAUTH1/consumers", Consumer, "list", rule="identity:list_consumers")
def list_consumers(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Consumer) -> Page:
    """Consumers."""
    return all_linked(tx, _PLACE, listed(tx, consumers, asked))


@identity.route("POST /OS-OAUTH1/consumers", Consumer, "create", rule="identity:create_consumer", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Consumer) -> Row:
    """A consumer with a new secret, which is told this once."""
    secret = secrets.token_hex(16)
    sealed = tx.part(CredentialKeys).seal(secret.encode(), seconds_of(tx.now))
    row = tx.insert(
        consumers, id=fresh_id(tx), description=asked.description, sealed_secret=sealed, extras=asked.extras
    )
    return linked(tx, _PLACE, row, secret=secret)


@identity.route(
    "GET /OS-OAUTH1/consumers/{consumer_id}", Consumer, "show", rule="identity:get_consumer", of=one_consumer
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Consumer) -> Row:
    """One consumer, without its secret."""
    return linked(tx, _PLACE, target)


@identity.route(
    "PATCH /OS-OAUTH1/consumers/{consumer_id}", Consumer, "update", rule="identity:update_consumer", of=one_consumer
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Consumer) -> Row:
    """Describe a consumer; its secret stays."""
    if asked.secret is not UNSET:
        raise Invalid("The secret of a consumer cannot be changed.")
    new = given_of(asked, "description") | {"extras": {**target["extras"], **asked.extras}}
    return linked(tx, _PLACE, tx.change(consumers, target, **new))


@identity.route("DELETE /OS-OAUTH1/consumers/{consumer_id}", rule="identity:delete_consumer", of=one_consumer, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Forget a consumer with all it was given; tokens that were issued to it end."""
    tx.remove(consumers, target)
    changed(tx)
