"""What hosts have to give, told to Placement; and servers on hosts that have fallen silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from pileus import fleet, placement
from pileus.compute.host.spec import Capacity
from pileus.compute.servers.table import servers
from pileus.compute.settings import ComputeSettings
from pileus.kernel.store import Store, Tx
from pileus.kernel.workflow import wake, works

_LEAVING = select(servers.c.id, servers.c.host_id).join(
    works, (works.c.resource_id == servers.c.id) & (works.c.kind == "DeleteServer") & (works.c.state == "running")
)


def capacity_heard(tx: Tx, host: Mapping[str, Any]) -> None:
    """Tell Placement what a host has; what it does not report it does not have."""
    has = msgspec.convert(host["capacity"] or {}, Capacity)
    ratios = tx.part(ComputeSettings)
    supplies = {
        placement.VCPU: placement.Supply(has.vcpus, allocation_ratio=ratios.cpu_ratio),
        placement.MEMORY_MB: placement.Supply(has.memory_mib, allocation_ratio=ratios.memory_ratio),
        placement.DISK_GB: placement.Supply(has.disk_gib, allocation_ratio=ratios.disk_ratio),
        placement.ECU: placement.Supply(has.ecu),
        placement.INGRESS: placement.Supply(has.ingress_kbps),
        placement.EGRESS: placement.Supply(has.egress_kbps),
    }
    placement.register(tx, host["id"], host["name"], supplies)


def look_for_silent_hosts(store: Store) -> None:
    """Let deletes that wait for a host that has fallen silent look again: their owners need not wait."""
    store.write(_wake_deletes)


def _wake_deletes(tx: Tx) -> None:
    silent = {host["id"] for host in fleet.every_host(tx) if not fleet.is_up(tx, host)}
    for row in tx.all(_LEAVING) if silent else ():
        if row["host_id"] in silent:
            wake(tx, "server", row["id"])
