"""What must be known of a base image before QEMU opens it, read from its first bytes only.

A header may name another file (a backing or a data file) that QEMU would open on the reader's behalf; such an
image is refused here too, though the Image service does not take it in.  Layout: docs/interop/qcow2.txt of QEMU.
"""

from __future__ import annotations

import struct
from pathlib import Path

from pileus.compute.host.hypervisor import Hopeless

_MAGIC = b"QFI\xfb"
_HEADER = struct.Struct(">4sIQIIQ")
"""Magic, version, offset and length of the backing file's name, cluster bits, size of the disk in bytes."""
_INCOMPATIBLE = struct.Struct(">72xQ")
_DATA_FILE = 1 << 2


def virtual_size(base: Path, form: str) -> int:
    """Bytes of the disk in a raw or qcow2 file.  Raises Hopeless for a qcow2 that is none, or that leans on a file."""
    if form != "qcow2":
        return base.stat().st_size
    with base.open("rb") as stream:
        head = stream.read(104)
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        raise Hopeless("The image is not the qcow2 it is said to be.")
    _, version, backing, _, _, size = _HEADER.unpack_from(head)
    features = _INCOMPATIBLE.unpack_from(head)[0] if version >= 3 and len(head) >= _INCOMPATIBLE.size else 0
    if backing or features & _DATA_FILE:
        raise Hopeless("The image leans on another file and is not opened.")
    return int(size)


def disk_size(overlay: Path) -> int:
    """Bytes of the disk that a file of our own making holds, whatever it leans on."""
    with overlay.open("rb") as stream:
        return int(_HEADER.unpack(stream.read(_HEADER.size))[-1])
