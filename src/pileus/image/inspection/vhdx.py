"""Hyper-V's disks: the size stands in a table that another table leads to.

The fields are those of Microsoft's published format (MS-VHDX, sections 2.2.3 and 2.6).
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator

from pileus.image.inspection.finding import Danger, Finding, sane, whole

REACH = 4 << 20
"""Bytes of the beginning that are looked at: writers put the metadata within the first megabytes."""

_REGIONS = 192 * 1024
_MOST = 2047
"""Entries a table may have."""

_METADATA = uuid.UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e").bytes_le
_SIZE = uuid.UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8").bytes_le
_PARAMETERS = uuid.UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b").bytes_le
_HAS_PARENT = 0b10


def vhdx(head: bytes, tail: bytes) -> Finding:
    """The disk's size, if it stands alone; raises Danger."""
    whole(head, _REGIONS + 64 * 1024, "vhdx")
    place = next((at for name, at in _regions(head) if name == _METADATA), 0)
    items = dict(_items(head, place)) if head.startswith(b"metadata", place) else {}
    if _SIZE not in items or _PARAMETERS not in items:
        raise Danger("The vhdx does not say how large it is.")
    (size,) = struct.unpack_from("<Q", items[_SIZE])
    _, flags = struct.unpack_from("<II", items[_PARAMETERS])
    if flags & _HAS_PARENT:
        raise Danger("The vhdx image is a part of another one.")
    return Finding("vhdx", sane(size))


def _regions(head: bytes) -> Iterator[tuple[bytes, int]]:
    """(kind, place) of every region."""
    if not head.startswith(b"regi", _REGIONS):
        raise Danger("The vhdx header is not sound.")
    (count,) = struct.unpack_from("<I", head, _REGIONS + 8)
    for number in range(min(count, _MOST)):
        yield struct.unpack_from("<16sQ", head, _REGIONS + 16 + 32 * number)


def _items(head: bytes, place: int) -> Iterator[tuple[bytes, bytes]]:
    """(kind, 8 bytes) of every item of the metadata that was kept."""
    if len(head) < place + 64 * 1024:
        raise Danger("The vhdx does not say how large it is.")
    (count,) = struct.unpack_from("<H", head, place + 10)
    for number in range(min(count, _MOST)):
        name, offset = struct.unpack_from("<16sI", head, place + 32 + 32 * number)
        found = head[place + offset : place + offset + 8]
        if len(found) == 8:
            yield name, found
