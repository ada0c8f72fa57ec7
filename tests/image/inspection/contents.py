"""Small images of every format, true ones and hostile ones, made by hand from the formats' descriptions."""

from __future__ import annotations

import struct

from pileus.image.inspection.vhdx import _METADATA, _PARAMETERS, _SIZE

MIB = 1 << 20
DESCRIPTION = b'# Disk DescriptorFile\nversion=1\ncreateType="%s"\nRW 2048 SPARSE "disk.vmdk"\n'


def qcow2(
    size: int = MIB, *, version: int = 3, backing: int = 0, bits: int = 16, features: int = 0, length: int = 104
) -> bytes:
    """A qcow2 header."""
    head = struct.pack(">4sIQIIQ", b"QFI\xfb", version, backing, 0, bits, size).ljust(72, b"\0")
    return (head + struct.pack(">Q", features)).ljust(length, b"\0")[:length]


def vmdk(
    text: bytes = DESCRIPTION % b"monolithicSparse",
    *,
    capacity: int = 2048,
    start: int = 1,
    length: int = 20,
    directory: int = 21,
) -> bytes:
    """A sparse vmdk with a description in it."""
    head = struct.pack("<4sIIQQQQIQQQ", b"KDMV", 1, 3, capacity, 128, start, length, 512, 0, directory, 128)
    return head.ljust(512, b"\0") + text.ljust(20 * 512, b"\0")


def streamed(*, start: int = 1, footer: bool = True) -> bytes:
    """A vmdk as it is written to a stream: its footer counts."""
    text = DESCRIPTION % b"streamOptimized"
    end = vmdk(text, start=start)[:512] if footer else bytes(512)
    return vmdk(text, directory=(1 << 64) - 1) + bytes(512) + end + bytes(512)


def vhd(size: int = MIB, kind: int = 3) -> bytes:
    """A vhd's footer, which also stands at the beginning of a growing one."""
    head = b"conectix".ljust(48, b"\0") + struct.pack(">Q4xI", size, kind)
    return head.ljust(512, b"\0")


def vdi(size: int = MIB, kind: int = 1) -> bytes:
    """A vdi header."""
    head = bytearray(512)
    struct.pack_into("<I", head, 64, 0xBEDA107F)
    struct.pack_into("<I", head, 76, kind)
    struct.pack_into("<Q", head, 368, size)
    return bytes(head)


def vhdx(size: int = MIB, *, flags: int = 0, place: int = 2 * MIB, count: int = 2) -> bytes:
    """A vhdx: a table of regions that leads to the metadata, in which the size stands."""
    found = bytearray(3 * MIB)
    found[:8] = b"vhdxfile"
    struct.pack_into("<4sIII", found, 192 * 1024, b"regi", 0, 1, 0)
    struct.pack_into("<16sQII", found, 192 * 1024 + 16, _METADATA, place, MIB, 1)
    if place + MIB <= len(found):
        struct.pack_into("<8sHH", found, place, b"metadata", 0, count)
        struct.pack_into("<16sIII", found, place + 32, _PARAMETERS, 65536, 8, 0)
        struct.pack_into("<16sIII", found, place + 64, _SIZE, 65544, 8, 0)
        struct.pack_into("<IIQ", found, place + 65536, 32 * MIB, flags, size)
    return bytes(found)


def iso() -> bytes:
    """The mark of an ISO 9660 file system."""
    return bytes(0x8000) + b"\x01CD001\x01" + bytes(2048)


TRUE: dict[str, bytes] = {
    "qcow2": qcow2(),
    "vmdk": vmdk(),
    "vhd": vhd(),
    "vdi": vdi(),
    "vhdx": vhdx(),
    "iso": iso(),
    "raw": b"anything else",
}
