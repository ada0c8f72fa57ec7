"""The Networking API as a service: its place, policy, and the words it answers with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pileus.kernel.errors import Conflict, Forbidden, Invalid, Missing, OverQuota, Refusal
from pileus.kernel.resource import Resource
from pileus.kernel.routes import Listing, Service
from pileus.kernel.store import Page
from pileus.network.policy import RULES

_TYPES: Mapping[type[Refusal], str] = {
    Invalid: "HTTPBadRequest",
    Forbidden: "PolicyNotAuthorized",
    Missing: "HTTPNotFound",
    Conflict: "Conflict",
    OverQuota: "OverQuota",
}
_UNKNOWN = re.compile(r"contains unknown field `(.+)`\Z")


class NetworkManner:
    """Errors as `{"NeutronError": {…}}` with a type, further pages as `networks_links`, moments in whole seconds."""

    strict_queries = None
    """Lists refuse unknown filters themselves, in Neutron's words."""

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """Nothing is hidden here: finders already answer that what a caller may not see does not exist."""
        return None

    def code_of(self, refusal: Refusal) -> int:
        """The code of the refusal's own kind; quotas are a conflict here."""
        return 409 if isinstance(refusal, OverQuota) else refusal.code

    def refused(self, code: int, refusal: Refusal, request_id: str) -> dict[str, Any]:
        """An error with its type, which clients tell one conflict from another by."""
        kind = refusal.extra.get("type") or _TYPES.get(type(refusal), "HTTPInternalServerError")
        unknown = _UNKNOWN.search(refusal.said)
        said = f"Unrecognized attribute(s) '{unknown[1]}'" if unknown else refusal.said
        return {"NeutronError": {"type": kind, "message": said, "detail": ""}}

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """Items, and where a limit was given the addresses of the pages beside this one."""
        many = str(kind.declared.many)
        links = _links(page, asked) if page is not None else []
        return {many: items, f"{many}_links": links} if links else {many: items}

    def moment(self, at: datetime) -> str:
        """`2026-01-31T12:00:00Z`."""
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _links(page: Page, asked: Listing) -> list[dict[str, str]]:
    """A full page has neighbours on both sides; one that is not has none in the direction it was read."""
    words = dict(asked.pairs)
    limit = int(words.get("limit") or 0)
    if not limit:
        return []
    backward = words.get("page_reverse", "").lower() in ("true", "1", "t", "yes", "on")
    full = len(page.rows) >= limit
    kept = [(name, value) for name, value in asked.pairs if name not in ("marker", "page_reverse")]
    links = []
    if full or backward:
        links.append(_link("next", asked.url, [*kept, *_marker(page.rows[-1:])]))
    if full or not backward:
        links.append(_link("previous", asked.url, [*kept, *_marker(page.rows[:1]), ("page_reverse", "True")]))
    return links


def _marker(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [("marker", str(row["id"])) for row in rows]


def _link(rel: str, url: str, query: list[tuple[str, str]]) -> dict[str, str]:
    return {"rel": rel, "href": f"{url}?{urlencode(query)}"}


def _describe(service: Service, url: str) -> dict[str, tuple[int, Any]]:
    """Discovery: the one version there is."""
    links = [{"rel": "self", "href": f"{url}{service.root}/"}]
    return {service.prefix: (200, {"versions": [{"id": "v2.0", "status": "CURRENT", "links": links}]})}


network = Service("network", ["network"], "/v2.0", policy=RULES, manner=NetworkManner(), describe=_describe)


def typed(kind: type[Refusal], type: str, said: str) -> Refusal:
    """A refusal with the type Neutron's callers know it by."""
    return kind(said, extra={"type": type})
