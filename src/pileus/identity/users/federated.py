"""Whom a user stands for elsewhere: people of identity providers, linked by hand or by their arrival."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, select

from pileus.identity.federation.protocols import protocol_of
from pileus.identity.federation.providers import existing_provider
from pileus.identity.federation.shadows import link, shadow_of, shadows, shadows_of
from pileus.identity.users.table import users
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Somebody(Struct, forbid_unknown_fields=True):
    """A person, as a protocol of a provider calls it."""

    protocol_id: str
    unique_id: str


class Federated(Struct, forbid_unknown_fields=True):
    """A provider, and the people of it."""

    idp_id: str
    protocols: list[Somebody]


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_FILTERS = {"idp_id": "provider_id", "protocol_id": "protocol_id", "unique_id": "unique_id"}


def keep_links(tx: Tx, who: Caller, user_id: str, wanted: list[Federated]) -> None:
    """Let a user stand for just these people.

    Raises Invalid where there is no such protocol, Conflict for who is another user already, Forbidden where a domain's
    caller links people of another domain's provider.
    """
    keys = [(one.idp_id, somebody.protocol_id, somebody.unique_id) for one in wanted for somebody in one.protocols]
    for row in shadows_of(tx, [user_id]):
        if (row["provider_id"], row["protocol_id"], row["unique_id"]) not in keys:
            tx.remove(shadows, row)
    for provider_id, protocol_id, unique_id in keys:
        if protocol_of(tx, provider_id, protocol_id) is None:
            raise Invalid(f"Could not find the protocol {protocol_id} of identity provider {provider_id}.")
        if who.domain_id not in (None, existing_provider(tx, provider_id)["domain_id"]):
            raise Forbidden(f"Identity provider {provider_id} belongs to another domain.")
        other = shadow_of(tx, provider_id, protocol_id, unique_id)
        if other is not None and other["id"] != user_id:
            raise Conflict(f"{unique_id} of identity provider {provider_id} is another user already.")
        link(tx, provider_id, protocol_id, unique_id, user_id)


def links_of(tx: Tx, user_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Whom users stand for, as callers see it; those who stand for nobody are left out."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in shadows_of(tx, user_ids):
        somebody = {"protocol_id": row["protocol_id"], "unique_id": row["unique_id"]}
        found.setdefault(row["user_id"], {}).setdefault(row["provider_id"], []).append(somebody)
    return {
        user_id: [{"idp_id": provider_id, "protocols": told} for provider_id, told in providers.items()]
        for user_id, providers in found.items()
    }


def standing_for(asked: Any) -> list[ColumnElement[bool]]:
    """The conditions of a list's filters on whom users stand for."""
    given = {column: getattr(asked, name) for name, column in _FILTERS.items()}
    conditions = [shadows.c[column] == value for column, value in given.items() if value is not UNSET]
    return [users.c.id.in_(select(shadows.c.user_id).where(*conditions))] if conditions else []
