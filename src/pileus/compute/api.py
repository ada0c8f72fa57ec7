"""The Compute API as a service: its place, versions, policy, and the words it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pileus.compute.changes import STRICT_QUERIES, VERSIONS
from pileus.compute.policy import RULES
from pileus.kernel.errors import Missing, Refusal
from pileus.kernel.resource import Resource
from pileus.kernel.routes import Listing, Service
from pileus.kernel.store import Page

_FAULTS = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    503: "serviceUnavailable",
}


class ComputeManner:
    """Errors as `{"itemNotFound": {…}}`, further pages as `servers_links`, moments in whole seconds."""

    strict_queries = STRICT_QUERIES

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """Nothing is hidden here: finders already look in the caller's project only."""
        return None

    def code_of(self, refusal: Refusal) -> int:
        """The code of the refusal's own kind."""
        return refusal.code

    def refused(self, code: int, refusal: Refusal, request_id: str) -> dict[str, Any]:
        """An error by its kind's name."""
        return {_FAULTS.get(code, "computeFault"): {"code": code, "message": refusal.said}}

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """Items, and where there are more the address of the next page."""
        many = str(kind.declared.many)
        if page is None or not page.more:
            return {many: items}
        query = [(name, value) for name, value in asked.pairs if name != "marker"]
        href = f"{asked.url}?{urlencode([*query, ('marker', page.marker)])}"
        return {many: items, f"{many}_links": [{"rel": "next", "href": href}]}

    def moment(self, at: datetime) -> str:
        """`2026-01-31T12:00:00Z`, written the quickest way: a list of servers has three in each."""
        return f"{at.isoformat(timespec='seconds')}Z"


def _describe(service: Service, url: str) -> dict[str, tuple[int, Any]]:
    """Discovery: the list of versions, and the one there is."""
    version = {
        "id": "v2.1",
        "status": "CURRENT",
        "version": str(VERSIONS.newest),
        "min_version": str(VERSIONS.oldest),
        "updated": "2013-07-23T11:33:21Z",
        "links": [{"rel": "self", "href": f"{url}{service.root}/"}],
    }
    media = [{"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}]
    former = {
        "id": "v2.0",
        "status": "DEPRECATED",
        "version": "",
        "min_version": "",
        "updated": "2011-01-21T11:33:21Z",
        "links": [{"rel": "self", "href": f"{url}{service.former_root}/"}],
    }
    return {
        service.prefix: (200, {"versions": [former, version]}),
        service.root: (200, {"version": {**version, "media-types": media}}),
        str(service.former_root): (200, {"version": {**former, "media-types": media}}),
    }


compute = Service(
    "compute",
    ["compute"],
    "/v2.1",
    policy=RULES,
    manner=ComputeManner(),
    versions=VERSIONS,
    describe=_describe,
    former_root="/v2",
    number_headers=["x-compute-request-id"],
)


def no_such(what: str, name: str) -> Missing:
    """The sentence for what cannot be found."""
    return Missing(f"{what} {name} could not be found.")
