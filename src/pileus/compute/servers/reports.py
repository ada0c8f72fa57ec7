"""What hosts say of guests, heard in the transaction that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.compute.servers.orders import ask_host
from pileus.compute.servers.states import settle
from pileus.compute.servers.table import even_leaving
from pileus.compute.servers.workflows import fault_of
from pileus.kernel.errors import Conflict
from pileus.kernel.store import Row, Tx
from pileus.kernel.workflow import running, wake


def guest_seen(tx: Tx, host_id: str, server_id: str, seen: Mapping[str, Any]) -> None:
    """Keep what a host says of a guest, show it, and wake the work that waits for it."""
    server = even_leaving(tx, server_id)
    if server is None or server["host_id"] != host_id:
        return
    launched = server["launched_at"] or (tx.now if seen["state"] == "running" else None)
    settled = settle(tx, server, seen=dict(seen), launched_at=launched, **_trouble(tx, server, seen))
    wake(tx, "server", server_id)
    if _stopped_itself(tx, server, seen):
        _accept(tx, settled)


def _trouble(tx: Tx, server: Row, seen: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be told of a guest that came to grief while no work watched it; work tells of its own failures."""
    is_news = (server["seen"] or {}).get("state") != seen["state"]
    if seen["state"] not in ("crashed", "failed") or not is_news or running(tx, "server", server["id"]) is not None:
        return {}
    return {"fault": fault_of(tx, Conflict(seen.get("because") or "The guest crashed."))}


def _stopped_itself(tx: Tx, server: Row, seen: Mapping[str, Any]) -> bool:
    """Whether the guest has powered itself off while it was wanted running, and no work is under way."""
    halted = server["power"] == "running" and seen["state"] == "halted"
    return halted and running(tx, "server", server["id"]) is None


def _accept(tx: Tx, server: Mapping[str, Any]) -> None:
    """Want it stopped, as its system does."""
    ask_host(tx, settle(tx, server, power="stopped"))
