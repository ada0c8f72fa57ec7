"""How the server asks the agent for chunks: a line over a unix socket, again and again until it is granted.

bring NAME NUMBER,NUMBER…     →     ok     or     no, because …
"""

from __future__ import annotations

import logging
import socket
import threading
from pathlib import Path

from pileus.chunks.host.nbd.export import IsOver

log = logging.getLogger(__name__)

AT_A_TIME = 32
"""Questions that are open at once; more wait."""

PATIENCE = 120.0
"""Seconds after which a question is asked anew."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


class AgentAsks:
    """The agent behind a socket, which may be away for any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places = threading.BoundedSemaphore(AT_A_TIME)
        self._pause = threading.Event()

    def bring(self, name: str, numbers: list[int], is_over: IsOver) -> None:
        """Ask until it is granted or nobody waits any more."""
        pause = FIRST_PAUSE
        while not is_over():
            try:
                with self._places:
                    answer = self._ask(f"bring {name} {','.join(map(str, numbers))}\n")
                if answer == "ok":
                    return
                log.warning("chunks of %s do not come: %s", name, answer)
            except OSError as error:
                log.info("the agent does not answer: %s", error)
            self._pause.wait(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def _ask(self, line: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.settimeout(PATIENCE)
            agent.connect(str(self._path))
            agent.sendall(line.encode())
            answer = agent.makefile("rb").readline(1000)
            if not answer.endswith(b"\n"):
                raise ConnectionResetError("it went away in the middle of an answer")
            return answer.decode(errors="replace").strip()
