"""What running guests have used since their start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import libvirt

from pileus.compute.host.spec import Usage

ASKED = libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_INTERFACE | libvirt.VIR_DOMAIN_STATS_BLOCK
"""Not the processor's: asked in bulk for the first time, libvirtd tries every emulator there is, for some seconds."""


def of_all(connection: libvirt.virConnect) -> Mapping[str, Usage]:
    """One bulk question to libvirt, one each for the processor, and the control groups for what it does not tell."""
    told = connection.getAllDomainStats(ASKED, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE)
    return {domain.UUIDString(): _usage(domain, figures) for domain, figures in told}


def _usage(domain: libvirt.virDomain, told: dict[str, Any]) -> Usage:
    guest_id = domain.UUIDString()
    return Usage(
        id=guest_id,
        cpu_ns=_processor_time(domain),
        cpu_throttled_ns=sum(_throttled(group / "cpu.stat") for group in _groups(guest_id)),
        memory_mib=told.get("balloon.rss", 0) >> 10,
        disk_read_bytes=_sum(told, "block", "rd.bytes"),
        disk_write_bytes=_sum(told, "block", "wr.bytes"),
        net_rx_bytes=_sum(told, "net", "rx.bytes"),
        net_tx_bytes=_sum(told, "net", "tx.bytes"),
    )


def _processor_time(domain: libvirt.virDomain) -> int:
    """Nanoseconds; 0 for a guest that has just ended."""
    try:
        return int(domain.getCPUStats(True)[0]["cpu_time"])
    except libvirt.libvirtError:
        return 0


def _sum(told: dict[str, Any], kind: str, what: str) -> int:
    return sum(told.get(f"{kind}.{index}.{what}", 0) for index in range(told.get(f"{kind}.count", 0)))


def _groups(guest_id: str) -> Iterator[Path]:
    """The guest's control group and those of its VCPUs, found from where QEMU's own threads are: in `emulator`."""
    try:
        process = int(Path(f"/run/libvirt/qemu/{guest_id}.pid").read_text())
        lines = Path(f"/proc/{process}/cgroup").read_text().splitlines()
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if not controllers or "cpu" in controllers.split(","):
            whole = (Path("/sys/fs/cgroup", controllers) / path.lstrip("/")).parent
            yield from (whole, *whole.glob("vcpu*"))


def _throttled(stat: Path) -> int:
    """Nanoseconds in which there was work but no quota left: `throttled_time` of version 1, `throttled_usec` of 2."""
    try:
        figures = dict(line.split() for line in stat.read_text().splitlines())
    except FileNotFoundError:
        return 0
    return int(figures.get("throttled_time", 0)) or int(figures.get("throttled_usec", 0)) * 1000
