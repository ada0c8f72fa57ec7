"""The tiny guest boots both ways it can be had, and goes down when its power button is pressed."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.source import REPOSITORY

IMAGES = REPOSITORY / "build/guest"
PATIENCE = 120.0  # seconds for a boot under TCG on a busy machine
KERNEL = [
    *("-kernel", f"{IMAGES}/vmlinuz", "-initrd", f"{IMAGES}/initrd"),
    *("-append", "console=ttyS0 no_timer_check"),
    *("-drive", f"file={IMAGES}/root.raw,format=raw,if=virtio,snapshot=on"),
]
DISK = ["-drive", f"file={IMAGES}/guest.qcow2,format=qcow2,if=virtio,snapshot=on"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("drives", [KERNEL, DISK], ids=["kernel and ramdisk", "own boot loader"])
def test_a_guest_gets_ready_and_obeys_its_power_button(drives: Sequence[str], tmp_path: Path) -> None:
    with guest(drives, tmp_path) as machine:
        wait_until(lambda: "READY" in console(tmp_path), tmp_path)
        press_power(tmp_path / "monitor")
        wait_until(lambda: machine.poll() is not None, tmp_path)
    assert "guest: going down" in console(tmp_path)


@contextmanager
def guest(drives: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A machine without a network, ended in any case."""
    machine = subprocess.Popen(
        [
            *("qemu-system-x86_64", "-nodefaults", "-accel", "tcg,tb-size=32", "-m", "128", "-display", "none"),
            *("-serial", f"file:{folder}/console", "-qmp", f"unix:{folder}/monitor,server=on,wait=off"),
            *("-device", "virtio-rng-pci"),
            *drives,
        ]
    )
    try:
        yield machine
    finally:
        machine.kill()
        machine.wait()


def console(folder: Path) -> str:
    """All the guest has said."""
    path = folder / "console"
    return path.read_text(errors="replace") if path.exists() else ""


def press_power(monitor: Path) -> None:
    """What QEMU is told for a stop by ACPI."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(monitor))
        with line.makefile("rw") as words:
            for command in ("qmp_capabilities", "system_powerdown"):
                words.readline()
                words.write(json.dumps({"execute": command}))
                words.flush()
            words.readline()


def wait_until(is_so: Callable[[], bool], folder: Path) -> None:
    """Look often, and show the console where patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, console(folder)
        time.sleep(0.2)
