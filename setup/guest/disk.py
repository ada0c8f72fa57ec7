"""The guest as a disk with a boot loader of its own: syslinux on FAT, made without mounting anything."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HEADS, SECTORS = 16, 32  # the disk's geometry, as the boot sector names it
CYLINDER = HEADS * SECTORS * 512  # bytes
SPARE = 1 << 20  # bytes for the loader and the file system's tables

CONFIGURATION = """\
DEFAULT guest
PROMPT 0
TIMEOUT 1
LABEL guest
  LINUX /vmlinuz
  INITRD /initrd
  APPEND {arguments}
"""


def make_disk(parts: Path, kernel: Path, initrd: Path, arguments: str, disk: Path) -> None:
    """Write a bootable qcow2 holding the kernel and its initramfs."""
    raw = disk.with_suffix(".raw")
    settings = disk.with_suffix(".cfg")
    settings.write_text(CONFIGURATION.format(arguments=arguments))
    cylinders = (kernel.stat().st_size + initrd.stat().st_size + SPARE) // CYLINDER + 1
    with raw.open("wb") as file:
        file.truncate(cylinders * CYLINDER)
    # Clusters of 32 KiB (64 sectors): the BIOS reads few and large pieces, which saves most of the boot's time.
    shape = ("-t", cylinders, "-h", HEADS, "-s", SECTORS, "-c", 64, "-v", "GUEST", "-N", "67756573")
    run(parts, "mformat", "-i", raw, *shape, "::")
    for source, name in ((kernel, "vmlinuz"), (initrd, "initrd"), (settings, "syslinux.cfg")):
        run(parts, "mcopy", "-i", raw, source, f"::{name}")
    run(parts, "syslinux", "--install", raw)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, disk], check=True)
    raw.unlink()
    settings.unlink()


def run(parts: Path, program: str, *arguments: object) -> None:
    """Run an unpacked program that may call its siblings; every file keeps the same date."""
    place = parts / "usr/bin"
    environment = os.environ | {"PATH": f"{place}:{os.environ['PATH']}", "SOURCE_DATE_EPOCH": "946684800"}
    subprocess.run([place / program, *map(str, arguments)], check=True, env=environment, stdout=subprocess.DEVNULL)
