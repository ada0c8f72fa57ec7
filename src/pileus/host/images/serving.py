"""The process that serves promised images to QEMU: started where it lacks, and left alone when the agent ends.

Guests read through it, so it must outlive an agent that is killed or replaced; see `chunks/host/nbd`.
"""

from __future__ import annotations

import fcntl
import logging
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

log = logging.getLogger(__name__)

MODULE = "pileus.chunks.host.nbd"
PATIENCE = 20.0
"""Seconds it has to begin."""

MOST_LOG = 1 << 20
"""Bytes of its log, which is begun anew when it has become longer and the process is started again."""


class ServingFailed(Exception):
    """It does not begin."""


@dataclass
class Serving:
    """The server of the images in `images`, with its sockets in `place`; `owner` is who QEMU runs as."""

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

    def _start(self) -> None:
        self.place.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        if self._started:
            self._started.poll()
        command = [sys.executable, "-m", MODULE, *map(str, (self.images, self.socket, self.asks, self.record))]
        written = self.place / "nbd.log"
        is_long = written.exists() and written.stat().st_size > MOST_LOG
        with written.open("wb" if is_long else "ab") as said:
            self._started = subprocess.Popen(
                [*command, self.owner],
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
