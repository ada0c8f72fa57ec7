"""Unix sockets that nobody else may open, not even for a moment."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path


def listen_at(path: Path, backlog: int, owner: str | None = None) -> socket.socket:
    """A listener in the place of one that may have been left behind; only its owner may open it."""
    made = path.with_suffix(".new")
    made.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(made))
    finally:
        os.umask(before)
    if owner is not None:
        shutil.chown(made, owner)
    listener.listen(backlog)
    made.rename(path)
    return listener
