"""What loops ask compute: deletes that wait for a silent host, servers long gone, bytes that servers stand on."""

from __future__ import annotations

from sqlalchemy import or_, select

from pileus import fleet
from pileus.compute.servers.table import ALIVE, LONG_GONE, servers
from pileus.compute.settings import ComputeSettings
from pileus.kernel.reconcile import forget
from pileus.kernel.store import Store, Tx
from pileus.kernel.workflow import wake, works

_LEAVING = select(servers.c.id, servers.c.host_id).join(
    works, (works.c.resource_id == servers.c.id) & (works.c.kind == "DeleteServer") & (works.c.state == "running")
)

_IMAGES = select(servers.c.image).where(or_(ALIVE, servers.c.host_id.is_not(None)), servers.c.image.is_not(None))


def look_for_silent_hosts(store: Store) -> None:
    """Let deletes that wait for a host that has fallen silent look again: their owners need not wait."""
    store.write(_wake_deletes)


def _wake_deletes(tx: Tx) -> None:
    silent = {host["id"] for host in fleet.every_host(tx) if not fleet.is_up(tx, host)}
    for row in tx.all(_LEAVING) if silent else ():
        if row["host_id"] in silent:
            wake(tx, "server", row["id"])


def forget_the_long_gone(store: Store) -> None:
    """Strike servers that were deleted, and let go of by their hosts, so long ago that nobody is to list them."""
    forget(store, LONG_GONE, store.part(ComputeSettings).keep_deleted_days)


def manifests_in_use(store: Store) -> set[str]:
    """The images of all servers, and their kernels: hosts may not have all of their bytes yet, or need them again."""
    found = [row["image"] for row in store.read(lambda tx: tx.all(_IMAGES.distinct()))]
    parts = [part for image in found for part in (image, image.get("kernel"), image.get("ramdisk")) if part]
    named = {part.get(name) for part in parts for name in ("manifest", "plain_manifest")}
    return {each for each in named if each}
