"""Where the server of promised images asks the agent for chunks that are not here; see `chunks/host/nbd/asking.py`."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from pileus.chunks.errors import ChunkError
from pileus.host.line import LinkFailed

log = logging.getLogger(__name__)

PLACES = 64
MOST_LINE = 16 << 10
"""Bytes of a question: the chunks of the largest read, and their image's name."""

DAWDLE = 10.0
"""Seconds in which a question must be told."""

Bring = Callable[[str, Sequence[int]], None]
"""`bring(name, numbers)` comes back when these chunks of an image are here."""


class Asks:
    """Answers questions, so many at a time, from `open` until `close`."""

    def __init__(self, listener: socket.socket, bring: Bring) -> None:
        self._listener, self._bring = listener, bring
        self._threads = ThreadPoolExecutor(PLACES, "asked")
        """Kept, as each keeps its connection to the cloud."""

    def open(self) -> None:
        """Answer from now on."""
        threading.Thread(target=self._listen, name="asks", daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _listen(self) -> None:
        while True:
            try:
                asker, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(RuntimeError):  # closing
                self._threads.submit(self._answer, asker)

    def _answer(self, asker: socket.socket) -> None:
        try:
            with asker:
                asker.settimeout(DAWDLE)
                line = asker.makefile("rb").readline(MOST_LINE)
                asker.sendall(f"{self._answer_to(line)}\n".encode())
        except OSError as error:
            log.info("who asked for chunks has left: %s", error)

    def _answer_to(self, line: bytes) -> str:
        try:
            verb, name, numbers = line.decode("ascii").split()
            if verb != "bring":
                return f"no, because {verb} is not known"
            self._bring(name, [int(each) for each in numbers.split(",")])
        except (ChunkError, LinkFailed, OSError, ValueError) as error:
            return f"no, because {str(error)[:500]!r}"
        return "ok"
