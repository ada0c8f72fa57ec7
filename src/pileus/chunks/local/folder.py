"""The files of one store, and what is done about them at its opening and before each collection.

In it:

    packs/0000000001.pack …   chunks; see packs.py
    index.sqlite              where each chunk lies; see index.py; made again from the packs when it is missing
    leases/…                  one locked file per upload under way; see leases.py
    reserve                   room that a collection may use when the disk is full
    opening.lock, collecting.lock
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pileus.chunks.disk import Disk


@dataclass(frozen=True)
class Folder:
    """Where everything lies, and the disk it lies on."""

    path: Path
    disk: Disk
    pack_bytes: int  # a pack is not made larger than this

    @property
    def packs(self) -> Path:
        return self.path / "packs"

    @property
    def leases(self) -> Path:
        return self.path / "leases"

    @property
    def index(self) -> Path:
        return self.path / "index.sqlite"

    @property
    def reserve(self) -> Path:
        return self.path / "reserve"

    @property
    def opening(self) -> Path:
        return self.path / "opening.lock"

    @property
    def collecting(self) -> Path:
        return self.path / "collecting.lock"
