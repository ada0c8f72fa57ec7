"""Threads for what takes long in an import, so that the workers of all other work never wait behind a slow peer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

from pileus.kernel.errors import Unavailable
from pileus.kernel.workflow import Retry

AGAIN = 2.0
"""Seconds after which a step asks again for a job of which nobody told it that it is done."""


class Jobs:
    """Runs each job once while somebody asks for it; without threads, at once and in the asker's own."""

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, "pileus-imports") if threads else None
        self._known: dict[str, Future[None]] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._doors: set[socket.socket] = set()

    def do(self, key: str, job: Callable[[], None], *, done: Callable[[], object]) -> None:
        """Return once the job of that key is done, with what it raised; while it runs, raise Retry.

        `done` is called when it has ended.  A job that a crash cut off is begun again by who asks again.
        """
        if self._pool is None:
            job()
            return
        with self._lock:
            found = self._known.get(key)
            if found is None:
                found = self._known[key] = self._pool.submit(job)
                found.add_done_callback(lambda _: self._ending.is_set() or done())
        if not found.done():
            raise Retry(AGAIN)
        with self._lock:
            self._known.pop(key, None)
        found.result()

    def check(self) -> None:
        """Called by jobs between two batches: raises Unavailable where the process is about to end."""
        if self._ending.is_set():
            raise Unavailable("The service is being stopped.")

    @contextmanager
    def minding(self, door: socket.socket) -> Iterator[None]:
        """Where the process is about to end, what a job waits for at this socket ends too."""
        self._doors.add(door)
        try:
            yield
        finally:
            self._doors.discard(door)

    def close(self) -> None:
        """Let every job end at its next batch."""
        self._ending.set()
        for door in tuple(self._doors):
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
