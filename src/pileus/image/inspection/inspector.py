"""Keep what has to be looked at of a stream, and tell its format by the marks that formats carry."""

from __future__ import annotations

from collections.abc import Callable

from pileus.image.inspection import vmdk
from pileus.image.inspection.bare import bare
from pileus.image.inspection.disks import qcow2, vdi, vhd, vhd_at_end
from pileus.image.inspection.finding import Danger, Finding
from pileus.image.inspection.vhdx import REACH, vhdx

HEAD = 64 * 1024
"""Bytes of an image's beginning that are looked at; of a vhdx, `REACH`."""

TAIL = 1536
"""Bytes of an image's end that are looked at: the footer, and its marker, of a streamed vmdk."""

_VHDX = b"vhdxfile"

Reader = Callable[[bytes, bytes], Finding]


class Inspector:
    """Sees a stream go by in batches and keeps its ends."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = b""
        self.size = 0

    def feed(self, batch: bytes) -> None:
        """The next bytes."""
        most = REACH if (self._head or batch).startswith(_VHDX) else HEAD
        self._head += batch[: max(0, most - len(self._head))]
        self._tail = batch[-TAIL:] if len(batch) >= TAIL else (self._tail + batch)[-TAIL:]
        self.size += len(batch)

    def finding(self) -> Finding:
        """What it was; raises Danger."""
        return inspect(bytes(self._head), self._tail)


def ends(size: int) -> list[tuple[int, int]]:
    """The parts, each by its first byte and its length, that an inspector wants to see of so many bytes."""
    return [(0, size)] if size <= REACH else [(0, REACH), (size - TAIL, TAIL)]


def inspect(head: bytes, tail: bytes) -> Finding:
    """The format of an image by its beginning and end, `raw` where they show none; raises Danger."""
    for magic, offset, read in _KNOWN:
        if head.startswith(magic, offset):
            return read(head, tail)
    if vmdk.is_descriptor(head):
        raise Danger("The image only names other files; a vmdk must hold its own data.")
    return vhd_at_end(tail) or bare(head)


def _plain(name: str) -> Reader:
    return lambda head, tail: Finding(name)


def _dangerous(name: str) -> Reader:
    def refuse(head: bytes, tail: bytes) -> Finding:
        raise Danger(f"Images in the format {name} are not taken.")

    return refuse


_KNOWN: tuple[tuple[bytes, int, Reader], ...] = (
    (b"QFI\xfb", 0, qcow2),
    (b"KDMV", 0, vmdk.sparse),
    (b"COWD", 0, _dangerous("vmdk of the first version")),
    (b"conectix", 0, vhd),
    (_VHDX, 0, vhdx),
    (b"\x7f\x10\xda\xbe", 64, vdi),
    (b"QED\0", 0, _dangerous("qed")),
    (b"WithoutFreeSpace", 0, _plain("ploop")),
    (b"WithouFreSpacExt", 0, _plain("ploop")),
    (b"CD001", 0x8001, _plain("iso")),
)
"""(mark, where it stands, who reads on); what shows none of them is a bare disk."""
