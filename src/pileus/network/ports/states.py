"""A port's status, worked out from what is wanted and seen, here and nowhere else; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BY_SEEN = {"up": "ACTIVE", "down": "DOWN", "failed": "ERROR", "gone": "DOWN"}


def status_of(port: Mapping[str, Any], seen: str | None) -> str:
    """ACTIVE, DOWN, BUILD or ERROR, by what its host last said of it (`up`, `down`, `failed`, or nothing yet)."""
    if port["host_id"] is None or not port["admin_state_up"]:
        return "DOWN"
    return "BUILD" if seen is None else _BY_SEEN.get(seen, "DOWN")


def vif_type_of(*, host: str, known: bool) -> str:
    """How a port is joined to its host: a bridge where there is such a host."""
    if not host:
        return "unbound"
    return "bridge" if known else "binding_failed"
