"""The end of a guest's serial console, as virtlogd keeps it: the file in use, and older ones beside it."""

from __future__ import annotations

from pathlib import Path

from pileus.compute.host.libvirt import words

FILE = "console.log"

MOST = 1 << 20
"""Bytes that are read at most, whatever was asked."""


def last_lines(folder: Path, lines: int) -> str:
    """The last lines; the newest of the older files helps out when the one in use has just been begun."""
    file = folder / FILE
    text = words.tail(file, MOST)
    if text.count("\n") < lines:
        text = words.tail(file.with_name(f"{FILE}.0"), MOST - len(text)) + text
    return "".join(text.splitlines(keepends=True)[-lines:]) if lines > 0 else ""


def size(folder: Path) -> int:
    """Bytes in the file in use."""
    file = folder / FILE
    return file.stat().st_size if file.exists() else 0


def of_this_life(folder: Path, begun_at: int) -> str:
    """The end of what was written since the file had `begun_at` bytes; all of it, if a new file was begun since."""
    return words.tail(folder / FILE, min(words.TAIL, now - begun_at if (now := size(folder)) >= begun_at else now))
