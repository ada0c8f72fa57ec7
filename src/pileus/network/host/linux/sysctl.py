"""The kernel's network settings of this namespace."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pileus.network.host.switch import SwitchFault

ROOT = Path("/proc/sys/net")


def read(key: str) -> str:
    """A setting's value; empty if this kernel has none of that name."""
    try:
        return (ROOT / key).read_text().strip()
    except OSError:
        return ""


def write(key: str, value: str) -> None:
    """Change a setting unless it is so already; one that this kernel lacks is left out."""
    if read(key) not in ("", value):
        (ROOT / key).write_text(value)


def show_bridged_packets() -> None:
    """Raise SwitchFault unless the kernel can show bridged packets to the packet filter: else no group would hold."""
    if (ROOT / "bridge").exists():
        return
    subprocess.run(["modprobe", "br_netfilter"], capture_output=True, timeout=30, check=False)
    if not (ROOT / "bridge").exists():
        raise SwitchFault("the kernel shows no bridged packets to nftables: it lacks the module br_netfilter")
