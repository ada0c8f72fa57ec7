"""How the door for hosts words its answers, and the service that its routes belong to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pileus.kernel.errors import Refusal
from pileus.kernel.resource import Resource
from pileus.kernel.routes import Listing, Service
from pileus.kernel.store import Page
from pileus.kernel.versions import Span


class FleetManner:
    """Errors as `{"error": {…}}`; nothing else is particular."""

    @property
    def strict_queries(self) -> Span | None:
        """Never: hosts may be a version ahead."""
        return None

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """Nothing is hidden from a host but other hosts, which its token already hides."""
        return None

    def code_of(self, refusal: Refusal) -> int:
        """The code of the refusal's own kind."""
        return refusal.code

    def refused(self, code: int, refusal: Refusal, request_id: str) -> dict[str, Any]:
        """An error with its code."""
        return {"error": {"code": code, "message": refusal.said}}

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """Items, without links."""
        return {str(kind.declared.many): items}

    def moment(self, at: datetime) -> str:
        """ISO 8601."""
        return at.isoformat()


fleet = Service("fleet", [], "/v1", policy={}, manner=FleetManner())
