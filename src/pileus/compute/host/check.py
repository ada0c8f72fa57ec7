"""What the agent, being root, refuses to act on, whoever sent it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pileus.compute.host.hypervisor import Hopeless
from pileus.compute.host.spec import Disk, Guest, ImageRef

IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}")

BOOTABLE = ("raw", "qcow2", "ami")
MOST_VCPUS, MOST_MEMORY_MIB, MOST_DISK_MIB = 1024, 16 << 20, 1 << 30
"""Far above any host's: these only keep a slip of the pen away from the hypervisor's arithmetic."""


def identifier(text: str) -> str:
    """The text, if it is a UUID as we write them, and so safe as the name of a file.  Raises Hopeless."""
    if not IDENTIFIER.fullmatch(text):
        raise Hopeless("The host was sent an identifier that is none.", f"not an identifier: {text!r}")
    return text


def guest(asked: Guest) -> None:
    """Raises Hopeless, naming the first thing wrong with the spec."""
    identifier(asked.id)
    for wrong in _wrongs(asked):
        raise Hopeless(f"The host cannot make this server: {wrong}.")


def _wrongs(asked: Guest) -> Iterator[str]:
    if not 1 <= asked.cpu.vcpus <= MOST_VCPUS:
        yield f"{asked.cpu.vcpus} VCPUs"
    if not 1 <= asked.memory_mib <= MOST_MEMORY_MIB:
        yield f"{asked.memory_mib} MiB of memory"
    if len({(disk.role, disk.index) for disk in asked.disks}) < len(asked.disks):
        yield "two of its disks are the same"
    for disk in asked.disks:
        yield from _wrongs_of_disk(disk)
    for card in asked.nics:
        if not (IDENTIFIER.fullmatch(card.port_id) and MAC.fullmatch(card.mac) and 68 <= card.mtu <= 65535):
            yield "a network card is not described as one"
    if asked.boot and not asked.boot.arguments.isprintable():
        yield "its kernel's arguments hold control characters"
    if asked.boot and (asked.boot.kernel.format != "aki" or (asked.boot.ramdisk or _ARI).format != "ari"):
        yield "what it boots from is not a kernel with a ramdisk"


_ARI = ImageRef(id="", format="ari", size=0, manifest="")


def _wrongs_of_disk(disk: Disk) -> Iterator[str]:
    if not (0 <= disk.index <= 9 and 0 <= disk.size_mib <= MOST_DISK_MIB):
        yield f"a disk of {disk.size_mib} MiB"
    if disk.image is None and disk.size_mib == 0:
        yield "a disk without size"
    if disk.image and (disk.role != "root" or disk.image.format not in BOOTABLE):
        yield f"an image of format {disk.image.format} below its {disk.role} disk"
