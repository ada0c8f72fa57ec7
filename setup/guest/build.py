"""Build the tiny guest: build.py FOLDER leaves vmlinuz, initrd, root.raw and guest.qcow2 there.

Two ways to boot the same guest: kernel and initramfs with the empty disk `root.raw` (Glance's aki, ari and
ami), or `guest.qcow2`, a disk with a boot loader of its own.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import disk
import initramfs
import parts

ARGUMENTS = "console=tty0 console=ttyS0 no_timer_check"  # under TCG a guest may hang testing the 8254 timer
EMPTY = 1 << 20  # bytes; a server's disk is grown to its flavor's size, and the guest formats it


def main(folder: Path) -> None:
    """Fetch the parts, then write the four files into folder."""
    folder.mkdir(parents=True, exist_ok=True)
    unpacked = parts.fetch(folder / "parts")
    kernel, initrd = folder / "vmlinuz", folder / "initrd"
    (packaged,) = unpacked.glob("boot/vmlinuz-*")
    shutil.copyfile(packaged, kernel)
    initramfs.lay_out(unpacked, Path(__file__).parent / "root", folder / "tree")
    initramfs.pack(folder / "tree", initrd)
    with (folder / "root.raw").open("wb") as empty:
        empty.truncate(EMPTY)
    disk.make_disk(unpacked, kernel, initrd, ARGUMENTS, folder / "guest.qcow2")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
