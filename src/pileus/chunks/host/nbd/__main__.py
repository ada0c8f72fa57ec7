"""The server as a process: it locks `RECORD` as long as it lives, writes its number there, and ends on SIGTERM.

With `user` (a number) it begins as root, and is that user once its socket is there and its program is read: both may
lie where that user gets nowhere.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
from pathlib import Path

from pileus.chunks.host.nbd.asking import AgentAsks
from pileus.chunks.host.nbd.powers import give_up
from pileus.chunks.host.nbd.server import Server


def main(folder: Path, path: Path, agent: Path, record: Path, *, owner: str, user: str) -> None:
    """Serve the images in `folder` at `path`; if a server holds the record already, it goes on and this one ends."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    held = record.open("a+")
    try:
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    server = Server(folder, path, AgentAsks(agent), owner or None)
    if user:
        give_up(int(user))
    signal.signal(signal.SIGTERM, lambda *_: server.close())
    server.run()
    os._exit(0)  # reads that wait have threads, which nobody shall wait for


if __name__ == "__main__":
    folder, path, agent, record = map(Path, sys.argv[1:5])
    main(folder, path, agent, record, owner=sys.argv[5], user=sys.argv[6])
