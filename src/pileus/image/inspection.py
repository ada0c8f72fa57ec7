"""What uploaded bytes are: the format their first bytes show, its size, and what in it would be a danger.

Nothing here opens a file or starts a program: it looks at the head of a stream that has gone by.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

HEAD = 64 * 1024
"""Bytes of an image's beginning that are looked at."""

MOST_VIRTUAL = 1 << 50
"""Bytes a disk may claim to have (1 PiB): more is nonsense, or an attack."""


class Danger(Exception):
    """The image holds what may not be taken in; the text is for its owner."""


@dataclass(frozen=True)
class Finding:
    """What an image's head says of it."""

    format: str
    virtual_size: int | None = None


Reader = Callable[[bytes], Finding]


def inspect(head: bytes) -> Finding:
    """The format of an image by its head, `raw` where it shows none; raises Danger."""
    for magic, offset, read in _KNOWN:
        if head[offset : offset + len(magic)] == magic:
            return read(head)
    if head[:21] == b"# Disk DescriptorFile" or b"createType=" in head[:2048]:
        return _descriptor(head)
    return Finding("raw")


def _qcow2(head: bytes) -> Finding:
    """QEMU's own: docs/interop/qcow2 of QEMU names the fields."""
    if len(head) < 72:
        raise Danger("The qcow2 header is cut short.")
    version, backing, _, bits, size = struct.unpack_from(">IQIIQ", head, 4)
    if version not in (2, 3):
        raise Danger(f"qcow2 version {version} is not known.")
    if backing:
        raise Danger("The qcow2 image names a backing file, which is another file of the host's.")
    if not 9 <= bits <= 21:
        raise Danger("The qcow2 header is not sound.")
    if version == 3:
        (incompatible,) = struct.unpack_from(">Q", head, 72) if len(head) >= 80 else (0,)
        if incompatible & 0b100:
            raise Danger("The qcow2 image keeps its data in another file.")
        if incompatible & ~0b11111:
            raise Danger("The qcow2 image has features that are not known.")
    return Finding("qcow2", _sane(size))


def _vmdk(head: bytes) -> Finding:
    """A sparse extent: its embedded descriptor must not point elsewhere."""
    if len(head) < 64:
        raise Danger("The vmdk header is cut short.")
    sectors, _, start, length = struct.unpack_from("<QQQQ", head, 12)
    text = head[start * 512 : (start + length) * 512] if start and length <= 64 else b""
    if text:
        _descriptor(text)
    return Finding("vmdk", _sane(sectors * 512))


_SAFE_VMDK = (b"monolithicSparse", b"streamOptimized")


def _descriptor(text: bytes) -> Finding:
    at = text.find(b"createType=")
    kind = text[at + 11 :].split(b"\n", 1)[0].strip(b'" \r\0') if at >= 0 else b""
    if kind not in _SAFE_VMDK:
        raise Danger("A vmdk must hold its own data (monolithicSparse or streamOptimized).")
    extents = [line for line in text.splitlines() if line.startswith((b"RW ", b"RDONLY "))]
    if any(b"/" in line or b".." in line for line in extents):
        raise Danger("The vmdk names a file of the host's.")
    return Finding("vmdk")


def _vdi(head: bytes) -> Finding:
    if len(head) < 376:
        raise Danger("The vdi header is cut short.")
    return Finding("vdi", _sane(struct.unpack_from("<Q", head, 368)[0]))


def _vhd(head: bytes) -> Finding:
    if len(head) < 56:
        raise Danger("The vhd header is cut short.")
    return Finding("vhd", _sane(struct.unpack_from(">Q", head, 48)[0]))


def _sane(size: int) -> int:
    if size > MOST_VIRTUAL:
        raise Danger("The image claims to be larger than any disk may be.")
    return size


def _plain(name: str) -> Reader:
    return lambda head: Finding(name)


def _dangerous(name: str) -> Reader:
    def refuse(head: bytes) -> Finding:
        raise Danger(f"Images in the format {name} are not taken.")

    return refuse


_KNOWN: tuple[tuple[bytes, int, Reader], ...] = (
    (b"QFI\xfb", 0, _qcow2),
    (b"KDMV", 0, _vmdk),
    (b"conectix", 0, _vhd),
    (b"vhdxfile", 0, _plain("vhdx")),
    (b"\x7f\x10\xda\xbe", 64, _vdi),
    (b"CD001", 0x8001, _plain("iso")),
    (b"LUKS\xba\xbe", 0, _plain("luks")),
    (b"QED\0", 0, _dangerous("qed")),
)
