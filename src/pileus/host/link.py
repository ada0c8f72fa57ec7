"""The agent's way to the cloud: HTTP over a unix socket on the same machine, or HTTPS from another."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pileus.compute.host.spec import Capacity, Usage
from pileus.host.loop import Asked

PATIENCE = 60.0
"""Seconds the cloud has for an answer, beyond what it was asked to wait."""


class LinkFailed(Exception):
    """The cloud could not be reached, or refused; trying again may help."""


class Refused(LinkFailed):
    """The cloud does not know this host's token any more."""

    def __init__(self, token: str) -> None:
        super().__init__("the cloud does not know this host's token")
        self.token = token


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


class HttpLink:
    """Speaks with the cloud as one host; every thread has a connection of its own."""

    def __init__(self, address: str, *, name: str, zone: str | None, ticket: Path) -> None:
        self._open = opener(address)
        self._name, self._zone, self._ticket = name, zone, ticket
        self._local = threading.local()
        self._lock = threading.Lock()
        self.host_id = self._token = ""

    def join(self, *, refused: str | None = None) -> str:
        """Take part in the cloud, by the ticket; returns this host's identifier.

        Each joining ends the token before: with `refused`, only if that is still the one in use.
        """
        with self._lock:
            if refused is not None and refused != self._token:
                return self.host_id
            body = {"name": self._name, "zone": self._zone, "ticket": self._ticket.read_text().strip()}
            told = json.loads(self._ask("POST", "/fleet/v1/hosts", body))
            self.host_id, self._token = told["host_id"], told["token"]
            return self.host_id

    def wanted(self, above: int, wait: float) -> Sequence[Asked]:
        """What is wanted above a number; waits for something to be, at most so many seconds."""
        path = f"/fleet/v1/hosts/{self.host_id}/wanted?above={above}&wait={int(wait)}"
        rows = json.loads(self._ask("GET", path, wait=wait))["wanted"]
        return [Asked(row["kind"], row["id"], row["number"], row["body"]) for row in rows]

    def report(self, seen: Sequence[Mapping[str, Any]]) -> None:
        """Tell what is seen."""
        self._ask("POST", f"/fleet/v1/hosts/{self.host_id}/seen", {"seen": list(seen)})

    def beat(self, capacity: Capacity, usage: Sequence[Usage]) -> None:
        """Tell that this host is alive, and what it has."""
        body = {"boot": _boot(), "capacity": msgspec.to_builtins(capacity), "usage": msgspec.to_builtins(list(usage))}
        self._ask("POST", f"/fleet/v1/hosts/{self.host_id}/beat", body)

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        """Chunks by address, in order."""
        for address in addresses:
            yield self._ask("GET", f"/fleet/v1/chunks/{address}")

    def _ask(self, method: str, path: str, body: Any = None, *, wait: float = 0.0) -> bytes:
        content = None if body is None else json.dumps(body).encode()
        token = self._token
        headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
        try:
            status, read = self._once(method, path, content, headers, wait=wait)
        except (OSError, http.client.HTTPException) as error:
            raise LinkFailed(f"the cloud does not answer: {error}") from error
        if status == 401:
            raise Refused(token)
        if status >= 300:
            raise LinkFailed(f"{method} {path} was answered with {status}: {read[:300]!r}")
        return read

    def _once(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str], *, wait: float
    ) -> tuple[int, bytes]:
        """Ask on the thread's connection; on a new one if the cloud has closed it since it was last used."""
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        connection = kept or self._open(PATIENCE)
        self._local.connection = None
        try:
            _set_patience(connection, PATIENCE + wait)
            connection.request(method, path, content, dict(headers))
            answer = connection.getresponse()
            read = answer.read()
        except BaseException as error:
            connection.close()
            if kept is not None and isinstance(error, ConnectionError):  # RemoteDisconnected is one
                return self._once(method, path, content, headers, wait=wait)
            raise
        self._local.connection = connection
        return answer.status, read


def _set_patience(connection: http.client.HTTPConnection, seconds: float) -> None:
    connection.timeout = seconds
    if connection.sock is not None:
        connection.sock.settimeout(seconds)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
