"""What an inspection comes to: a finding, or a danger."""

from __future__ import annotations

from dataclasses import dataclass

MOST_VIRTUAL = 1 << 50
"""Bytes a disk may claim to have (1 PiB): more is nonsense, or an attack."""


class Danger(Exception):
    """The image holds what may not be taken in; the text is for its owner."""


@dataclass(frozen=True)
class Finding:
    """What an image's bytes say of it: its format, and the bytes of the disk it stands for where it says so."""

    format: str
    virtual_size: int | None = None
    layout: str = ""
    """What lies on a raw disk, as far as it shows: `luks`, `gpt`."""

    @property
    def told(self) -> str:
        """The format in words."""
        return f"{self.format} ({self.layout})" if self.layout else self.format


def sane(size: int) -> int:
    """A disk's size that is one; raises Danger."""
    if size > MOST_VIRTUAL:
        raise Danger("The image claims to be larger than any disk may be.")
    return size


def whole(head: bytes, least: int, name: str) -> None:
    """Raise Danger where a header is shorter than it must be."""
    if len(head) < least:
        raise Danger(f"The {name} header is cut short.")
