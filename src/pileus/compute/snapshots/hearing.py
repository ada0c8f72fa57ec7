"""What hosts say of snapshots, and the disks they bring, taken in for the image service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus import fleet, image
from pileus.compute.servers.states import settle
from pileus.compute.servers.table import even_leaving
from pileus.compute.snapshots.workflow import KIND
from pileus.kernel.errors import Missing
from pileus.kernel.store import Row, Tx
from pileus.kernel.workflow import wake


def snapshot_seen(tx: Tx, host_id: str, image_id: str, seen: Mapping[str, Any]) -> None:
    """Show how far a snapshot is, and wake the work that waits for it."""
    server = _server(tx, host_id, image_id)
    if server is None:
        return
    if seen["state"] in ("preparing", "reading", "sending"):
        settle(tx, server, stage=seen["state"])
    wake(tx, "server", server["id"])


def _server(tx: Tx, host_id: str, image_id: str) -> Row | None:
    """The server that a host was ordered to take a snapshot of."""
    order = fleet.wanted_of(tx, host_id, KIND, image_id)
    return None if order is None else even_leaving(tx, order["guest_id"])


class SnapshotReceiver:
    """Takes in the disks: into the default store, as an image that repeats the one below where it did not change."""

    def begin(self, tx: Tx, host_id: str, id: str) -> fleet.Expected:
        """The image is saving from now on."""
        order = fleet.wanted_of(tx, host_id, KIND, id)
        if order is None:
            raise Missing("No snapshot is expected.")
        image.snapshot_comes(tx, id)
        below = (order["disk"].get("image") or {}).get("manifest")
        store, most = image.room_for_snapshot(tx)
        return fleet.Expected(store, below, most)

    def keep(self, tx: Tx, host_id: str, id: str, came: fleet.Came) -> None:
        """The image is active; its server's work goes on."""
        server = _server(tx, host_id, id)
        if server is None:
            raise Missing("No snapshot is expected any more.")
        image.keep_snapshot(tx, id, image.Disk(*came))
        wake(tx, "server", server["id"])

    def give_up(self, tx: Tx, host_id: str, id: str) -> None:
        """The image waits again."""
        image.snapshot_waits(tx, id)
