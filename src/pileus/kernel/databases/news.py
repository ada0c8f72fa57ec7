"""What happens on one node and concerns the others: told and heard over PostgreSQL's NOTIFY and LISTEN.

News may be lost (the server was away, a process ended), so nobody depends on it: who waits also looks by himself.
"""

from __future__ import annotations

import os
import select
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import structlog

log = structlog.get_logger("pileus.news")

Topic = tuple[str, str]
"""A topic without blanks, and what of it."""

AGAIN = 0.5
"""Seconds before a server that was away is called again."""

LISTEN = "LISTEN pileus"
NOTIFY = "SELECT pg_notify('pileus', told) FROM unnest(%s::text[]) AS told"


class News:
    """A thread with a connection of its own, so that no writer waits for what it tells."""

    def __init__(self, connect: Callable[[], Any], hear: Callable[[str, str], object]) -> None:
        """`connect` opens a psycopg connection outside any pool; `hear` is called with what other nodes tell."""
        self._connect = connect
        self._hear = hear
        self._self = uuid.uuid4().hex
        self._untold: deque[str] = deque(maxlen=1000)
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="news", daemon=True)
        self._thread.start()

    def tell(self, topics: Iterable[Topic]) -> None:
        """Tell the other nodes, soon."""
        self._untold.extend(f"{self._self} {topic} {about}" for topic, about in topics)
        os.eventfd_write(self._bell, 1)

    def close(self) -> None:
        """Hear no more."""
        self._closing.set()
        os.eventfd_write(self._bell, 1)
        self._thread.join()
        os.close(self._bell)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                with closing(self._connect()) as connection:
                    self._talk(connection)
            except Exception as error:
                log.warning("other nodes are not heard", because=str(error).strip())
                self._closing.wait(AGAIN)

    def _talk(self, connection: Any) -> None:
        connection.execute(LISTEN)
        while not self._closing.is_set():
            if told := [self._untold.popleft() for _ in range(len(self._untold))]:
                connection.execute(NOTIFY, [told])
            for note in connection.notifies(timeout=0):
                self._take(note.payload)
            if self._bell in select.select([connection.fileno(), self._bell], [], [])[0]:
                os.eventfd_read(self._bell)

    def _take(self, told: str) -> None:
        teller, topic, about = told.split(" ", 2)
        if teller != self._self:
            self._hear(topic, about)
