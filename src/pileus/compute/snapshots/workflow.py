"""The long work of a snapshot: from an accepted request to an image that has the server's disk."""

from __future__ import annotations

from dataclasses import dataclass

from pileus import fleet, image
from pileus.compute.host.spec import Snapshot
from pileus.compute.servers.spec import guest_of
from pileus.compute.servers.states import settle
from pileus.compute.servers.workflows import OnServer
from pileus.kernel.errors import Conflict, Refusal
from pileus.kernel.store import Tx
from pileus.kernel.workflow import minutes, step, wait

KIND = "snapshot"
"""What orders for snapshots are called among what is wanted of a host."""

PATIENCE = minutes(12 * 60)
"""A disk of terabytes, all of it new, read slowly."""


def order_snapshot(tx: Tx, work: SnapshotServer) -> None:
    """Ask the server's host for its disk, as it will be when the host comes to it."""
    server = work.server(tx)
    work.host_id = server["host_id"]
    guest = guest_of(tx, server)
    fleet.want(tx, work.host_id, KIND, work.image_id, Snapshot(work.image_id, server["id"], guest.disks[0]))


def disk_has_come(tx: Tx, work: SnapshotServer) -> bool:
    """Whether the image has the disk; raises Conflict where the host has failed, Gone where the image has gone."""
    if image.has_come(tx, work.image_id):
        return True
    seen = fleet.seen_of(tx, work.host_id, KIND, work.image_id)
    if seen is not None and seen["body"]["state"] == "failed":
        raise Conflict(seen["body"].get("because") or "The host could not take the snapshot.")
    return False


def drop_order(tx: Tx, work: SnapshotServer) -> None:
    """Have the host stop, and let go of what it holds."""
    if work.host_id:
        fleet.withdraw(tx, work.host_id, KIND, work.image_id)


def withdraw_order(tx: Tx, work: SnapshotServer) -> None:
    """Have the host forget what it has done."""
    fleet.withdraw(tx, work.host_id, KIND, work.image_id)


@dataclass
class SnapshotServer(OnServer):
    """From an accepted request to an image that has the server's disk."""

    image_id: str = ""
    host_id: str = ""
    title = "createImage"
    steps = (
        step(order_snapshot, undo=drop_order),
        wait(disk_has_come, deadline=PATIENCE),
        step(withdraw_order, undo=None, because="the image is there, and is its owner's"),
    )

    def finished(self, tx: Tx) -> None:
        """The server is as it was."""
        settle(tx, self.server(tx), ended=True, stage=None)

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The server is as it was: that no image was made of it is no fault of its own.

        The image was there before the work began, and goes with it.
        """
        image.drop_snapshot(tx, self.image_id)
        settle(tx, self.server(tx), ended=True, stage=None)
