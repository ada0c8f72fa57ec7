"""Disks of tests' own, small enough to be filled; they want root."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class Disk:
    """A file system of its own."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path], check=True)

    @property
    def free(self) -> int:
        room = os.statvfs(self.path)
        return room.f_bavail * room.f_frsize

    def fill(self, spare: int) -> None:
        """Leave so many bytes free."""
        with (self.path / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, self.free - spare)

    def empty(self) -> None:
        (self.path / "filler").unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=True)
