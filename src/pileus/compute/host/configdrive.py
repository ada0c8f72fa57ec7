"""The config drive: a guest's metadata as a small ISO 9660 disk, for guests without (or before) a network."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from pileus.compute.host import metadata
from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.spec import Guest

LABEL = "config-2"
"""By which cloud-init and others find it."""

MAKE = ("genisoimage", "-quiet", "-J", "-r", "-l", "-allow-lowercase", "-allow-multidot")
"""With Joliet and Rock Ridge names, which keep ours as they are."""


def write(guest: Guest, drive: Path) -> None:
    """Makes the drive as one file.  Raises HypervisorFailed."""
    with tempfile.TemporaryDirectory(prefix="config-", dir=drive.parent) as folder:
        _lay_out(metadata.for_drive(guest, seed=os.urandom(512)), Path(folder))
        make = [*MAKE, "-V", LABEL, "-o", str(drive), folder]
        done = subprocess.run(make, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        because = f"{MAKE[0]}: {done.stderr.strip()}"
        raise HypervisorFailed("The host could not make the server's config drive.", because)


def _lay_out(found: metadata.Tree, folder: Path) -> None:
    """Only names of documents become paths, never anything a user gave."""
    for name, inner in found.items():
        if isinstance(inner, dict):
            (folder / name).mkdir()
            _lay_out(inner, folder / name)
        else:
            (folder / name).write_bytes(inner)
