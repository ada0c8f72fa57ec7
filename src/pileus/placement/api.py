"""The Placement API as a service: its place, versions, policy, and the words it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Refusal
from pileus.kernel.resource import Resource
from pileus.kernel.routes import Answer, Listing, PublicUrl, Service
from pileus.kernel.store import Page, Tx
from pileus.kernel.versions import span
from pileus.placement.changes import DATED, VERSIONS
from pileus.placement.policy import RULES

UNDEFINED = "placement.undefined_code"
"""The published code of errors that have none of their own."""

BAD_VALUE = "placement.query.bad_value"
CONCURRENT = "placement.concurrent_update"
DUPLICATE_KEY = "placement.query.duplicate_key"
DUPLICATE_NAME = "placement.duplicate_name"
INVENTORY_IN_USE = "placement.inventory.inuse"
MISSING_VALUE = "placement.query.missing_value"
PARENT_IN_USE = "placement.resource_provider.cannot_delete_parent"
PROVIDER_IN_USE = "placement.resource_provider.inuse"
PROVIDER_NOT_FOUND = "placement.resource_provider.not_found"


class PlacementManner:
    """Errors as `{"errors": [{…}]}` with a code that programs can read; lists are never paged."""

    strict_queries = span()

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """Nothing is hidden: the policy is asked before anything is looked for."""
        return None

    def code_of(self, refusal: Refusal) -> int:
        """The code of the refusal's own kind."""
        return refusal.code

    def refused(self, code: int, refusal: Refusal, request_id: str) -> dict[str, Any]:
        """One error, with what the versions are where that was the fault."""
        limits = ("min_version", "max_version")
        versions: dict[str, Any] = {name: refusal.extra[name] for name in limits if name in refusal.extra}
        error: dict[str, Any] = {
            "status": code,
            "title": HTTPStatus(code).phrase,
            "detail": refusal.said,
            "code": refusal.extra.get("code", UNDEFINED),
            "request_id": request_id,
            **versions,
        }
        return {"errors": [error]}

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """All items."""
        return {str(kind.declared.many): items}

    def moment(self, at: datetime) -> str:
        """ISO 8601; the API shows no moment in its bodies."""
        return at.isoformat()


def _describe(service: Service, url: str) -> dict[str, tuple[int, Any]]:
    """Discovery: the one version there is."""
    version = {
        "id": "v1.0",
        "status": "CURRENT",
        "min_version": str(VERSIONS.oldest),
        "max_version": str(VERSIONS.newest),
        "links": [{"rel": "self", "href": ""}],
    }
    return {service.root: (200, {"versions": [version]})}


placement = Service(
    "placement",
    ["placement"],
    "",
    policy=RULES,
    manner=PlacementManner(),
    versions=VERSIONS,
    describe=_describe,
)


def dated(who: Caller, value: Any, at: datetime, *, code: int | None = None, location: str | None = None) -> Answer:
    """An answer that says when what it tells was last changed, to callers who know of that."""
    headers = [("location", location)] if location else []
    if who.can(DATED):
        told = format_datetime(at.replace(tzinfo=UTC), usegmt=True)
        headers += [("last-modified", told), ("cache-control", "no-cache")]
    return Answer(value, headers, code)


def address(tx: Tx, path: str) -> str:
    """The public address of something of this service."""
    return tx.part(PublicUrl).value + placement.root + path


def bad_value(said: str) -> Invalid:
    """A query that has the right form and no good meaning."""
    return Invalid(said, extra={"code": BAD_VALUE})


def concurrent(said: str) -> Conflict:
    """Somebody else was faster: read again, then decide again."""
    return Conflict(said, extra={"code": CONCURRENT})
