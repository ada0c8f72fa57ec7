"""An image that is promised, served over NBD, and brought chunk by chunk from an origin that may be away."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from pileus.chunks.host.cache import ImageCache
from pileus.chunks.host.nbd.asking import AgentAsks
from pileus.chunks.host.nbd.server import Server
from pileus.host.images.asks import Asks
from pileus.host.images.door import on_machine
from tests.chunks.contents import MIB, noise
from tests.host.images.origin import Origin

CONTENT = noise(3 * MIB) + bytes(4 * MIB) + noise(MIB, 2) + b"not a whole block"

NBDSH = ("/usr/bin/python3", "-m", "nbd")


class Served:
    """A server, and the agent that it asks (`agent_comes`, `agent_goes`)."""

    def __init__(self, place: Path, content: bytes = CONTENT) -> None:
        self.place, self.content = place, content
        self.origin = Origin()
        self.cache = ImageCache(place / "cache", 64 * MIB)
        self.name = self.origin.put(content)
        self.cache.promise(self.name, self.origin, "vm")
        self.socket = place / "nbd.sock"
        self.asked: list[list[int]] = []
        self.agent_comes()
        self.server = Server(place / "cache", self.socket, AgentAsks(place / "asks.sock"))
        threading.Thread(target=self.server.run, daemon=True).start()

    @property
    def uri(self) -> str:
        return f"nbd+unix:///{self.name}?socket={self.socket}"

    def agent_comes(self) -> None:
        self.asks = Asks(on_machine(self.place / "asks.sock"), self._bring)
        self.asks.open()

    def agent_goes(self) -> None:
        self.asks.close()

    def tool(self, *command: str, code: int = 0) -> str:
        """What a program of QEMU or libnbd says."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def sh(self, *lines: str) -> str:
        """What libnbd's shell (Debian's, with Debian's Python) says of a client `h` of this image."""
        lines_given = [word for line in lines for word in ("-c", line)]
        return self.tool(*NBDSH, "--base-allocation", "-u", self.uri, *lines_given)

    def read(self, offset: int, length: int) -> bytes:
        """Bytes as a client reads them."""
        out = self.place / "read"
        self.sh(f"open('{out}', 'wb').write(h.pread({length}, {offset}))")
        return out.read_bytes()

    def close(self) -> None:
        self.server.close()
        self.agent_goes()
        self.cache.close()

    def _bring(self, name: str, numbers: Sequence[int]) -> None:
        self.asked.append(list(numbers))
        self.cache.bring(name, numbers, self.origin)
