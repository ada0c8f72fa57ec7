"""Addresses of things in the Compute API."""

from __future__ import annotations

from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Tx


def links(tx: Tx, what: str, id: str) -> list[dict[str, str]]:
    """Where a thing is found, within the API's version and without."""
    url = tx.part(PublicUrl).value
    return [
        {"rel": "self", "href": f"{url}/compute/v2.1/{what}/{id}"},
        {"rel": "bookmark", "href": f"{url}/compute/{what}/{id}"},
    ]


def bookmark(tx: Tx, what: str, id: str) -> list[dict[str, str]]:
    """Where a thing is found, without the version."""
    return [{"rel": "bookmark", "href": f"{tx.part(PublicUrl).value}/compute/{what}/{id}"}]
