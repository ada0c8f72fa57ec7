"""The kernel's network settings of this namespace."""

from __future__ import annotations

from pathlib import Path

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
