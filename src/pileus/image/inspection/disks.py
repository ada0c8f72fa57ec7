"""The formats whose one header says everything: qcow2, vdi and vhd."""

from __future__ import annotations

import struct

from pileus.image.inspection.finding import Danger, Finding, sane, whole

_DATA_ELSEWHERE, _KNOWN_FEATURES = 0b100, 0b11111


def qcow2(head: bytes, tail: bytes) -> Finding:
    """QEMU's own; its docs/interop/qcow2 names the fields.  Raises Danger."""
    whole(head, 72, "qcow2")
    version, backing, _, bits, size = struct.unpack_from(">IQIIQ", head, 4)
    if version not in (2, 3):
        raise Danger(f"qcow2 version {version} is not known.")
    if backing:
        raise Danger("The qcow2 image names a backing file, which would be another file of the host's.")
    if not 9 <= bits <= 21:
        raise Danger("The qcow2 header is not sound.")
    if version == 3:
        whole(head, 104, "qcow2")
        (incompatible,) = struct.unpack_from(">Q", head, 72)
        if incompatible & _DATA_ELSEWHERE:
            raise Danger("The qcow2 image keeps its data in another file.")
        if incompatible & ~_KNOWN_FEATURES:
            raise Danger("The qcow2 image has features that are not known.")
    return Finding("qcow2", sane(size))


def vdi(head: bytes, tail: bytes) -> Finding:
    """VirtualBox's: of its kinds, only those that stand alone.  Raises Danger."""
    whole(head, 512, "vdi")
    (kind,), (size,) = struct.unpack_from("<I", head, 76), struct.unpack_from("<Q", head, 368)
    if kind not in (1, 2):
        raise Danger("The vdi image is a part of another one.")
    return Finding("vdi", sane(size))


def vhd(head: bytes, tail: bytes) -> Finding:
    """Virtual PC's, growing: a copy of its footer stands at its beginning.  Raises Danger."""
    whole(head, 512, "vhd")
    size, kind = struct.unpack_from(">Q4xI", head, 48)
    if kind not in (2, 3):
        raise Danger("The vhd image is a part of another one.")
    return Finding("vhd", sane(size))


def vhd_at_end(tail: bytes) -> Finding | None:
    """Virtual PC's of fixed size: a raw disk with a footer; None where there is none.  Raises Danger."""
    footer = tail[-512:]
    return vhd(footer, b"") if footer.startswith(b"conectix") else None
