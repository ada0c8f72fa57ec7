"""What hosts have to give, told to Placement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pileus import placement
from pileus.compute.host.spec import Capacity
from pileus.compute.settings import ComputeSettings
from pileus.kernel.store import Tx


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
