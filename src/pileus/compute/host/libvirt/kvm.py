"""Whether a guest really boots under KVM here.

That /dev/kvm opens proves nothing: within other virtual machines ordinary guests may hang or QEMU may abort.  So a
kernel is booted once per boot of the machine; without proof guests run under TCG, and the reason is told.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec

DEVICE = Path("/dev/kvm")
BOOT = Path("/proc/sys/kernel/random/boot_id")
DEADLINE = 10.0
"""Seconds.  A kernel without a root disk gives up within one under KVM, and within three under TCG."""

PROBE = (
    "qemu-system-x86_64", "-accel", "kvm", "-cpu", "max", "-machine", "pc", "-m", "128", "-nodefaults",
    "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio", "-append", "console=ttyS0 panic=-1",
)  # fmt: skip

CAME_UP = "Unable to mount root fs"
"""The last thing a kernel says when it has nothing to start: all before that, it did."""


class Verdict(msgspec.Struct, frozen=True):
    """What a probe found, in this boot of the machine."""

    boot: str
    works: bool
    because: str = ""


def verdict(remembered: Path, kernel: Path | None) -> Verdict:
    """The answer kept in a file, or a fresh one by booting this kernel (which may take as long as DEADLINE)."""
    boot = BOOT.read_text().strip()
    kept = _kept(remembered)
    if kept and kept.boot == boot:
        return kept
    because = probe(kernel)
    fresh = Verdict(boot, not because, because)
    if kernel:
        remembered.write_bytes(msgspec.json.encode(fresh))
    return fresh


def probe(kernel: Path | None, command: tuple[str, ...] = PROBE) -> str:
    """Why KVM is not used here; empty when a guest booted under it."""
    if not DEVICE.exists():
        return f"this machine has no {DEVICE}"
    if kernel is None:
        return "there was no kernel to try it with"
    try:
        done = subprocess.run(
            [*command, "-kernel", kernel], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"a probe guest under KVM had not booted after {DEADLINE:g} s"
    except FileNotFoundError:
        return "QEMU is not installed"
    if CAME_UP in done.stdout.decode(errors="replace"):
        return ""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return f"a probe guest under KVM failed: {said[-1] if said else 'it ended without a word'}"


def _kept(remembered: Path) -> Verdict | None:
    try:
        return msgspec.json.decode(remembered.read_bytes(), type=Verdict)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
