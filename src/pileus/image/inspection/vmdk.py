"""VMware's disks: one file with all its data is taken, anything that names another file is a danger.

QEMU reads such an image by its sparse header, takes the footer's place of it in a streamed one, and reads text:
the embedded description, or a whole file of it; the text can name extents and a parent.
"""

from __future__ import annotations

import struct

from pileus.image.inspection.finding import Danger, Finding, sane, whole

_SECTOR = 512
_MOST_TEXT = 20
"""Sectors of the longest description that is read: writers leave room for 20."""

_ALONE = (b"monolithicSparse", b"streamOptimized")
_AT_END = 0xFFFFFFFFFFFFFFFF
_HEADER = struct.Struct("<4sIIQQQQIQQQ")
"""Magic, version, flags, capacity, grain, place and length of the text, table size, two directories, overhead."""


def sparse(head: bytes, tail: bytes) -> Finding:
    """An image with a sparse header; raises Danger."""
    whole(head, _SECTOR, "vmdk")
    _, _, _, capacity, _, start, length, _, _, directory, _ = _HEADER.unpack_from(head)
    if not capacity:
        raise Danger("The vmdk only describes others; it must hold its own data.")
    if start < 1 or not 0 < length <= _MOST_TEXT or (start + length) * _SECTOR > len(head):
        raise Danger("The vmdk's description is not where it must be.")
    _check_text(head[start * _SECTOR : (start + length) * _SECTOR])
    if directory == _AT_END:
        _check_footer(tail, start, length)
    if capacity > 1 << 60:
        raise Danger("The vmdk header is not sound.")
    return Finding("vmdk", sane(capacity * _SECTOR))


def _check_text(text: bytes) -> None:
    text = text.split(b"\0", 1)[0]
    lines = [line.strip() for line in text.splitlines()]
    kinds = {line[11:].strip(b'" ') for line in lines if line.startswith(b"createType=")}
    if len(kinds) != 1 or not kinds <= set(_ALONE):
        raise Danger("A vmdk must hold its own data (monolithicSparse or streamOptimized).")
    extents = [line for line in lines if line.split(b" ", 1)[0] in (b"RW", b"RDONLY", b"NOACCESS")]
    if len(extents) > 1 or any(b"/" in line or b".." in line or b"\\" in line for line in extents):
        raise Danger("The vmdk names a file of the host's.")
    if any(line.lower().startswith(b"parentfilenamehint") for line in lines):
        raise Danger("The vmdk is a part of another one.")


def _check_footer(tail: bytes, start: int, length: int) -> None:
    """The footer, which counts instead of the header, must speak of the same description."""
    footer = tail[-2 * _SECTOR : -_SECTOR]
    if not footer.startswith(b"KDMV") or len(footer) < _SECTOR:
        raise Danger("The vmdk has no footer where it must have one.")
    found = _HEADER.unpack_from(footer)
    if (found[5], found[6]) != (start, length) or not found[3]:
        raise Danger("The vmdk's footer speaks of another description than its header.")


def is_descriptor(head: bytes) -> bool:
    """Whether this is a description by itself, as QEMU tells it: after comments and blanks, a version."""
    for line in head.split(b"\n"):
        words = line.strip(b" \r")
        if words and not words.startswith(b"#"):
            return words.startswith(b"version=")
    return False
