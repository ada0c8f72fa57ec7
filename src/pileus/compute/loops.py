"""What compute's loops look after: deletes that wait for a silent host, and servers that were deleted long ago."""

from __future__ import annotations

from sqlalchemy import select

from pileus import fleet
from pileus.compute.servers.table import LONG_GONE, servers
from pileus.compute.settings import ComputeSettings
from pileus.kernel.reconcile import forget
from pileus.kernel.store import Store, Tx
from pileus.kernel.workflow import wake, works

_LEAVING = select(servers.c.id, servers.c.host_id).join(
    works, (works.c.resource_id == servers.c.id) & (works.c.kind == "DeleteServer") & (works.c.state == "running")
)


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
