"""HTTP to one address, over a unix socket on the same machine or HTTPS to another; connections are kept."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec


class LinkFailed(Exception):
    """The cloud could not be reached, or refused; trying again may help."""


class Way(msgspec.Struct, frozen=True):
    """How a host is let into the cloud; another process is told it where nobody else reads."""

    address: str
    host_id: str
    token: str


class _Unix(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def opener(address: str) -> Callable[[float], http.client.HTTPConnection]:
    """How to connect to an address: `unix:/path`, `http://…` (loopback only) or `https://…`."""
    if address.startswith("unix:"):
        return lambda timeout: _Unix(address.removeprefix("unix:"), timeout)
    parsed = urlsplit(address)
    host, port = parsed.hostname or "localhost", parsed.port
    if parsed.scheme == "https":
        context = ssl.create_default_context()
        return lambda timeout: http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(f"{address}: a host token goes over HTTPS, or stays on this machine")
    return lambda timeout: http.client.HTTPConnection(host, port, timeout=timeout)


class Line:
    """The way to one address; every thread has a connection of its own."""

    def __init__(self, address: str, patience: float) -> None:
        """`patience` is how many seconds an answer may take, beyond what it was asked to wait."""
        self._open = opener(address)
        self._patience = patience
        self._local = threading.local()

    def ask(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str], *, wait: float = 0.0
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers of an answer; on a new connection if the other side closed the one last used.

        Raises OSError and http.client.HTTPException.
        """
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        connection = kept or self._open(self._patience)
        self._local.connection = None
        try:
            _set_patience(connection, self._patience + wait)
            connection.request(method, path, content, dict(headers))
            answer = connection.getresponse()
            read = answer.read()
        except BaseException as error:
            connection.close()
            if kept is not None and isinstance(error, ConnectionError):  # RemoteDisconnected is one
                return self.ask(method, path, content, headers, wait=wait)
            raise
        self._local.connection = connection
        return answer.status, read, dict(answer.headers.items())


def _set_patience(connection: http.client.HTTPConnection, seconds: float) -> None:
    connection.timeout = seconds
    if connection.sock is not None:
        connection.sock.settimeout(seconds)
