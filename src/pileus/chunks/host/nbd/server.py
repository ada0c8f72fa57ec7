"""The server: a unix socket for QEMU, a session for each client, and notes of what guests read first."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from pathlib import Path

from pileus.chunks.host.listening import listen_at
from pileus.chunks.host.nbd.export import Asks, Export
from pileus.chunks.host.nbd.session import Session

log = logging.getLogger(__name__)

MOST_CLIENTS = 1024
BACKLOG = 64
NOTES_EVERY = 1.0
"""Seconds."""


class Server:
    """Serves the images in `folder` at `path`, which only `owner` may open."""

    def __init__(self, folder: Path, path: Path, asks: Asks, owner: str | None = None) -> None:
        self._folder, self._path, self._asks = folder, path, asks
        self._exports: dict[str, Export] = {}
        self._users: dict[str, int] = {}
        self._lock, self._noting = threading.Lock(), threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_CLIENTS)
        self._closing = threading.Event()
        self._listener = listen_at(path, BACKLOG, owner)

    def run(self) -> None:
        """Until `close`."""
        threading.Thread(target=self._keep_notes, name="nbd-notes", daemon=True).start()
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                break
            if self._places.acquire(blocking=False):
                threading.Thread(target=self._serve, args=(client,), name="nbd", daemon=True).start()
            else:
                client.close()

    def close(self) -> None:
        """Take no more clients; those that are here go on until the process ends."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with contextlib.suppress(OSError):  # the folder may be somebody else's
            self._path.unlink()
        self.write_notes()

    def write_notes(self) -> None:
        """Write down what guests read first, for the agent to find, of images where that has become more."""
        with self._lock:
            exports = list(self._exports.values())
        for export in exports:
            try:
                with self._noting:
                    export.write_notes()
            except OSError as error:
                log.warning("what was read first of %s cannot be noted: %s", export.name, error)

    def _keep_notes(self) -> None:
        while not self._closing.wait(NOTES_EVERY):
            self.write_notes()

    def _serve(self, client: socket.socket) -> None:
        used: list[str] = []

        def find(name: str) -> Export:
            export = self._take(name)
            used.append(name)
            return export

        try:
            Session(client, find).run()
        except Exception:  # one client's trouble is nobody else's
            log.exception("a session ended badly")
        finally:
            for name in used:
                self._leave(name)
            self._places.release()

    def _take(self, name: str) -> Export:
        with self._lock:
            export = self._exports.get(name)
        opened = export or Export(self._folder, name, self._asks)
        with self._lock:
            self._users[name] = self._users.get(name, 0) + 1
            return self._exports.setdefault(name, opened)

    def _leave(self, name: str) -> None:
        """An image nobody reads any more takes no memory."""
        with self._lock:
            self._users[name] -= 1
            is_last = not self._users[name]
        if is_last:
            self.write_notes()
            with self._lock:
                if not self._users[name]:
                    self._exports.pop(name, None)
                    self._users.pop(name)
