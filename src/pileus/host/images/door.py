"""Where a host gives out chunks to its neighbours: to read, of images it holds, and only with a pass from the cloud.

On one machine the door is a unix socket that root alone may open, as the neighbours' agents are root; to other machines
it is HTTPS. There are so many places inside; whoever finds none, or dawdles, is sent away and asks elsewhere.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from datetime import UTC
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from pileus.chunks import passes
from pileus.chunks.host.cache import ImageCache
from pileus.chunks.host.listening import listen_at
from pileus.chunks.manifest import is_address
from pileus.kernel.clock import Clock

log = logging.getLogger(__name__)

DOOR = "neighbours.sock"
"""The socket's name in a host's folder."""

PLACES = 16
DAWDLE = 15.0
"""Seconds in which a guest must say or take something."""

MOST = 32
"""Chunks in one answer."""


class Guest(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = DAWDLE
    server: Door

    def do_GET(self) -> None:
        """`/chunks/ADDRESS,ADDRESS…`: their bytes, one after another."""
        image = passes.admits_to(self.server.key(), self.headers.get("X-Pass", ""), self.server.now())
        found = self._chunks(image) if image else []
        if found:
            self._say(200, b"".join(found), ",".join(str(len(each)) for each in found))
        else:
            self._say(404 if image else 401)

    def _chunks(self, image: str) -> list[bytes]:
        """All that are asked for, or none."""
        place, _, asked = self.path.rpartition("/")
        addresses = asked.split(",")
        if place != "/chunks" or len(addresses) > MOST or not all(map(is_address, addresses)):
            return []
        found = [self.server.cache.chunk_of(image, address) for address in addresses]
        return [each for each in found if each is not None] if None not in found else []

    def _say(self, code: int, content: bytes = b"", lengths: str = "") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Lengths", lengths)
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        """A unix socket's peer has no address."""
        return "a neighbour"

    def log_message(self, format: str, *args: object) -> None:
        """Chunks are too many to speak of."""


class Door(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Open from `open` on, until `close`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, cache: ImageCache, key: Callable[[], bytes], listener: socket.socket, clock: Clock) -> None:
        super().__init__(("", 0), Guest, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.cache, self.key, self._clock = cache, key, clock
        self._places = threading.BoundedSemaphore(PLACES)

    def now(self) -> float:
        """Unix time."""
        return self._clock.now().replace(tzinfo=UTC).timestamp()

    def open(self) -> None:
        """Let guests in, from now on."""
        threading.Thread(target=self.serve_forever, name="neighbours", daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more."""
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, if there is a place."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a neighbour went away in the middle of a word", exc_info=True)


def on_machine(path: Path) -> socket.socket:
    """A listener for neighbours on the same machine."""
    return listen_at(path, PLACES)


def on_network(address: str, certificate: Path, key: Path) -> socket.socket:
    """A listener for neighbours on other machines, at `host:port`; hands are shaken in the guest's own thread."""
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    plain = socket.create_server((host.strip("[]"), int(port)), family=family, backlog=PLACES)
    return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
