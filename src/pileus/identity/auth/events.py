"""Revocation events: what has ended tokens before their time, told to services that keep tokens they have validated.

Our own services need none of it, for they ask the revision; an event is kept as long as a token it ended might be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, bindparam, select

from pileus.identity.api import MOMENT, address, fresh_id, identity
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Gone, Invalid
from pileus.kernel.resource import UNSET, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Id, Moment, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Since(Resource):
    """Which events are asked for."""

    since: str = given("do", default=UNSET)


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

WHAT = {
    "user_id": "user_id",
    "project_id": "project_id",
    "domain_id": "domain_id",
    "role_id": "role_id",
    "trust_id": "OS-TRUST:trust_id",
    "audit_id": "audit_id",
}
"""What tokens that were ended have in common, and how it is told."""

events = Table(
    "identity_revocation_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    *(Column(name, Id) for name in WHAT),
    info={"kind": "revocation_event", "history": False},
)

_FORGET = events.delete().where(events.c.at < bindparam("before"))
_SINCE = select(events).where(events.c.at >= bindparam("since")).order_by(events.c.at, events.c.id)


def tell_ended(tx: Tx, **what: str | None) -> None:
    """Note that all tokens issued up to now are good no longer that have this in common."""
    settings = tx.part(IdentitySettings)
    kept = timedelta(seconds=settings.token_seconds + settings.allow_expired_seconds)
    tx.run(_FORGET, before=tx.now - kept)
    tx.insert(events, id=fresh_id(tx), at=tx.now, **dict.fromkeys(WHAT) | what)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _since(asked: Since) -> datetime:
    if asked.since is UNSET:
        return datetime.min
    try:
        found = datetime.fromisoformat(asked.since)
    except ValueError as error:
        raise Invalid(f"Invalid input for query parameter since. Value: {asked.since}. It is not a moment.") from error
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _told(row: Row) -> dict[str, str]:
    common = {wire: row[name] for name, wire in WHAT.items() if row[name] is not None}
    return {**common, "issued_before": row["at"].strftime(MOMENT)}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /OS-REVOKE/events", Since, rule="identity:list_revoke_events")
def list_events(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Since) -> Answer:
    """What ended tokens, since a moment or since the oldest that is kept."""
    found = [_told(row) for row in tx.all(_SINCE, since=_since(asked))]
    links = {"self": address(tx, "OS-REVOKE", "events"), "next": None, "previous": None}
    return Answer({"events": found, "links": links}, raw=True)


@identity.route("GET /auth/tokens/OS-PKI/revoked", rule="identity:revocation_list", code=410)
def list_revoked(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Signed lists of revoked tokens went with the tokens that were signed; raises Gone."""
    raise Gone("There are no tokens that are validated without asking: nothing is listed here any more.")
