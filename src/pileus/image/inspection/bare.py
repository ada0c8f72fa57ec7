"""Disks without a format of their own: what lies on them may show, and changes nothing about how they are read."""

from __future__ import annotations

import struct

from pileus.image.inspection.finding import Finding

_LUKS = b"LUKS\xba\xbe"
"""Followed by the version, 1 or 2 (LUKS2 On-Disk Format Specification, section 2.1)."""
_GPT, _SECTORS = b"EFI PART", (512, 4096)
"""At the second sector, whose size the disk does not tell (UEFI Specification, section 5.3.2)."""
_BOOT = (510, b"\x55\xaa")
"""The end of a first sector with a table in it, which a GPT keeps for programs that do not know it."""


def bare(head: bytes) -> Finding:
    """A raw disk, with what its beginning shows of what lies on it."""
    if head.startswith(_LUKS) and head[6:8] in (struct.pack(">H", 1), struct.pack(">H", 2)):
        return Finding("raw", layout="luks")
    if head.startswith(_BOOT[1], _BOOT[0]) and any(head.startswith(_GPT, at) for at in _SECTORS):
        return Finding("raw", layout="gpt")
    return Finding("raw")
