"""The Image API as a service: its place, policy, and the words it answers with."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from pileus.image.policy import RULES
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing, OverQuota, Refusal
from pileus.kernel.resource import Resource
from pileus.kernel.routes import Listing, Service
from pileus.kernel.store import Page
from pileus.kernel.versions import Span

VERSIONS = tuple(f"v2.{minor}" for minor in (17, 15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
"""What a caller may find here, newest first: up to the locations of v2.17.

The versions in between, and v2.18, stand for the cache, which most clouds have not: who has one asks for it by name.
"""


_PLAIN = ("resource_types", "resource_type_associations")
"""Lists that are told without further words."""


class ImageManner:
    """Errors as a small page, as this API has always had them; lists with `first`, `next` and `schema`."""

    @property
    def strict_queries(self) -> Span | None:
        """Never: an undeclared key is a filter by an additional property."""
        return None

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """Nothing: finders hide what the caller may not see."""
        return None

    def code_of(self, refusal: Refusal) -> int:
        """The refusal's own code; too much is 413."""
        return 413 if isinstance(refusal, OverQuota) else refusal.code

    def refused(self, code: int, refusal: Refusal, request_id: str) -> bytes:
        """An error as a page."""
        title = f"{code} {HTTPStatus(code).phrase}"
        said = html.escape(refusal.said)
        head = f"<html>\n <head>\n  <title>{title}</title>\n </head>\n"
        return f"{head} <body>\n  <h1>{title}</h1>\n  {said}<br /><br />\n\n\n\n </body>\n</html>".encode()

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """Items, the address of the first page and, where there are more, of the next."""
        many = str(kind.declared.many)
        path = "/v2/" + asked.url.partition("/v2/")[2]
        if many in _PLAIN:
            return {many: items}
        schema = f"/v2/schemas/{'metadefs/' * path.startswith('/v2/metadefs/')}{many}"
        if page is None:
            return {many: items, "schema": schema}
        pairs = [(name, value) for name, value in asked.pairs if name != "marker"]
        query = f"?{urlencode(pairs)}" if pairs else ""
        found: dict[str, Any] = {many: items, "first": path + query, "schema": schema}
        if page.more:
            found["next"] = f"{path}?{urlencode([*pairs, ('marker', page.marker)])}"
        return found

    def moment(self, at: datetime) -> str:
        """`2026-01-31T12:00:00Z`."""
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _describe(service: Service, url: str) -> dict[str, tuple[int, Any]]:
    """Discovery: every version that is answered."""
    links = [{"rel": "self", "href": f"{url}{service.root}/"}]
    each = [
        {"id": name, "status": "SUPPORTED" if at else "CURRENT", "links": links} for at, name in enumerate(VERSIONS)
    ]
    return {service.prefix: (300, {"versions": each}), f"{service.prefix}/versions": (200, {"versions": each})}


image = Service("image", ["image"], "/v2", policy=RULES, manner=ImageManner(), describe=_describe)


def rules_all(who: Caller) -> bool:
    """Whether the caller is an administrator of all images."""
    return who.may("context_is_admin", {})


def may_see(who: Caller, rule: str, target: Mapping[str, Any]) -> bool:
    """Whether there is such a thing for a caller: for the whole system's tokens there is nothing here."""
    return not who.system and (target["project_id"] == who.project_id or who.may(rule, target))


def no_such(image_id: str) -> Missing:
    """The sentence for an image that cannot be found."""
    return Missing(f"No image found with ID {image_id}")
