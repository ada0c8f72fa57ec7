"""The process that serves promised images to QEMU: started where it lacks, and left alone when the agent ends.

Guests read through it, so it must outlive an agent that is killed or replaced; see `chunks/host/nbd`.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket as sockets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

from pileus.chunks.host.nbd.export import notes_of
from pileus.host.images.door import on_machine

log = logging.getLogger(__name__)

MODULE = "pileus.chunks.host.nbd"
USER = 90_000
"""The number of the user that it is, who has no name: beyond those that Debian gives out and those that clouds take
(see `cli/state.py`), and below those of container tools. It is not QEMU's user, who may write the disks of guests."""

PATIENCE = 20.0
"""Seconds it has to begin."""

MOST_LOG = 1 << 20
"""Bytes of its log, which is begun anew when it has become longer and the process is started again."""


class ServingFailed(Exception):
    """It does not begin."""


@dataclass
class Serving:
    """The server of the images in `images`, with its sockets in `place`; `owner` is who QEMU runs as.

    Where there is no owner all of it belongs to whoever runs this, as in tests.
    """

    images: Path
    place: Path
    owner: str = ""
    _started: subprocess.Popen[bytes] | None = None
    _turn: Lock = field(default_factory=Lock)

    @property
    def socket(self) -> Path:
        """Where QEMU finds it."""
        return self.place / "nbd.sock"

    @property
    def asks(self) -> Path:
        """Where it finds the agent."""
        return self.place / "asks.sock"

    @property
    def record(self) -> Path:
        """Its number, in a file that it locks as long as it lives."""
        return self.place / "nbd.pid"

    def ensure(self) -> bool:
        """Start it if it does not run; whether it was started.  Raises ServingFailed."""
        with self._turn:
            if self.runs():
                return False
            self._start()
            return True

    def runs(self) -> bool:
        """Whether it lives, whoever started it."""
        try:
            with self.record.open("r+") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def listen(self) -> sockets.socket:
        """Where it asks the agent; nobody else may."""
        self.place.mkdir(mode=0o711, parents=True, exist_ok=True)
        listener = on_machine(self.asks)
        self._lend(self.asks)
        return listener

    def lend_notes(self, name: str) -> None:
        """Let it note what is read first of an image."""
        notes = notes_of(self.images, name)
        notes.touch(mode=0o600)
        self._lend(notes)

    def _lend(self, path: Path) -> None:
        if self.owner:
            os.chown(path, USER, USER)

    def _let_in(self) -> None:
        """To the files of images by their names, which it is told; not to the list of them."""
        if self.owner:
            os.chown(self.images, -1, USER)
            self.images.chmod(0o710)

    def _start(self) -> None:
        self._let_in()
        self.place.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        if self._started:
            self._started.poll()
        command = [sys.executable, "-m", MODULE, *map(str, (self.images, self.socket, self.asks, self.record))]
        written = self.place / "nbd.log"
        is_long = written.exists() and written.stat().st_size > MOST_LOG
        with written.open("wb" if is_long else "ab") as said:
            self._started = subprocess.Popen(
                [*command, self.owner, str(USER) if self.owner else ""],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                start_new_session=True,
            )
        log.info("promised images are served by process %d", self._started.pid)
        deadline = time.monotonic() + PATIENCE
        while not self.socket.exists():
            if self._started.poll() is not None or time.monotonic() > deadline:
                raise ServingFailed(f"the server of promised images does not begin; see {written}")
            Event().wait(0.02)
