"""What QEMU, a kernel and libvirt say about a guest that did not do well, as sentences for its owner."""

from __future__ import annotations

import re
from pathlib import Path

TAIL = 64 << 10
"""Bytes at the end of a log in which a cause is looked for."""

_PATH = re.compile(r"(?:/[\w.@:+-]+)+/([\w.@+-]+)")
_PANIC = re.compile(r"Kernel panic - not syncing: ([^\r\n]{1,200})")
_NOTHING_BOOTS = re.compile(r"No bootable device|Boot failed: not a bootable disk")
_COMPLAINT = re.compile(r"qemu-system-\w+: (?!terminating on signal|warning)(.+)")


def without_paths(text: str) -> str:
    """The text with the last names of files only: where they lie is the operator's business."""
    return _PATH.sub(r"\1", text)


def tail(file: Path, most: int = TAIL) -> str:
    """The end of a file as text; empty where there is none."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, 2) - most))
            return stream.read(most).decode(errors="replace")
    except FileNotFoundError:
        return ""


def why_it_never_booted(console: str) -> str:
    """What the end of a console says of a system that will not come up; empty where nothing says so."""
    if panic := _PANIC.search(console):
        return f"Its kernel panicked: {panic[1].strip()}."
    if _NOTHING_BOOTS.search(console):
        return "Its disk holds nothing that boots."
    return ""


def why_it_ended(log: str, console: str) -> str:
    """Why a guest's QEMU is gone, by QEMU's log and the guest's console."""
    if panic := _PANIC.search(console):
        return f"Its kernel panicked: {panic[1].strip()}."
    said = _COMPLAINT.findall(log)
    return f"QEMU ended: {without_paths(said[-1].strip())}." if said else "Its QEMU process ended without a word."
