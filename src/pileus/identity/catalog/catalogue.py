"""The catalogue as a token carries it: enabled services and their addresses, for one project."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from pileus.identity.catalog.endpoints import endpoints
from pileus.identity.catalog.filters import chosen_for
from pileus.identity.catalog.services import services
from pileus.kernel.store import Row, Tx

_SERVICES = select(services).where(services.c.enabled.is_(True)).order_by(services.c.type, services.c.id)
_ENDPOINTS = select(endpoints).where(endpoints.c.enabled.is_(True)).order_by(endpoints.c.id)
_VARIABLE = re.compile(r"[$%]\((\w+)\)s")


def catalogue(tx: Tx, *, user_id: str, project_id: str | None) -> list[dict[str, Any]]:
    """Services with their endpoints; an address that names a project is left out where there is none."""
    known = {"user_id": user_id}
    if project_id is not None:
        known |= {"project_id": project_id, "tenant_id": project_id}
    by_service: dict[str, list[dict[str, Any]]] = {}
    rows = tx.all(_ENDPOINTS)
    seen = None if project_id is None else chosen_for(tx, project_id, rows)
    for row in rows if seen is None else seen:
        url = _filled(row["url"], known)
        if url is not None:
            by_service.setdefault(row["service_id"], []).append(_told(row, url))
    return [
        {"endpoints": by_service.get(row["id"], []), "id": row["id"], "type": row["type"], "name": row["name"] or ""}
        for row in tx.all(_SERVICES)
    ]


def _told(row: Row, url: str) -> dict[str, Any]:
    region = row["region_id"]
    return {"id": row["id"], "interface": row["interface"], "region_id": region, "url": url, "region": region}


def _filled(url: str, known: dict[str, str]) -> str | None:
    names = _VARIABLE.findall(url)
    if any(name not in known for name in names):
        return None
    return _VARIABLE.sub(lambda match: known[match[1]], url) if names else url
