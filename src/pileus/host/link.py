"""The agent's way to the cloud: what is asked and told there, as one host with a token."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pileus.compute.host.spec import Capacity, Usage
from pileus.host.images.cloud import Known, Neighbour, apart
from pileus.host.line import Line, LinkFailed, Way
from pileus.host.loop import Asked

PATIENCE = 60.0
"""Seconds the cloud has for an answer, beyond what it was asked to wait."""

AT_ONCE = 32
"""Chunks that are asked for in one request: 2.4 MiB on average."""


class Refused(LinkFailed):
    """The cloud does not know this host's token any more."""

    def __init__(self, token: str) -> None:
        super().__init__("the cloud does not know this host's token")
        self.token = token


class HttpLink:
    """Speaks with the cloud as one host, from any thread."""

    def __init__(self, address: str, *, name: str, zone: str | None, ticket: Path) -> None:
        self._address = address
        self._line = Line(address, PATIENCE)
        self._name, self._zone, self._ticket = name, zone, ticket
        self._lock = threading.Lock()
        self.host_id = self._token = ""

    @property
    def way(self) -> Way:
        """As this host is let in now."""
        return Way(self._address, self.host_id, self._token)

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
        """Chunks by address, in order, asked for many at a time."""
        for first in range(0, len(addresses), AT_ONCE):
            body = {"addresses": list(addresses[first : first + AT_ONCE])}
            yield from apart(*self._fetch("POST", "/fleet/v1/chunks", body))

    @property
    def key(self) -> bytes:
        """What the cloud knows of this host's token, and so gives passes with."""
        return hashlib.sha256(self._token.partition(".")[2].encode()).digest()

    def image(self, name: str) -> Known:
        """What the cloud knows of an image that helps to bring it."""
        told = json.loads(self._ask("GET", f"/fleet/v1/images/{name}"))["image"]
        near = tuple(Neighbour(each["door"], each["pass"]) for each in told["neighbours"])
        return Known(near, tuple(told["first"]))

    def hold(self, door: str, images: Sequence[str]) -> None:
        """Tell which images are here for neighbours, and where."""
        self._ask("PUT", f"/fleet/v1/hosts/{self.host_id}/images", {"door": door, "images": list(images)})

    def keep_first(self, name: str, numbers: Sequence[int]) -> None:
        """Tell which chunks a first boot of an image read."""
        self._ask("PUT", f"/fleet/v1/images/{name}/first", {"numbers": list(numbers)})

    def _ask(self, method: str, path: str, body: Any = None, *, wait: float = 0.0) -> bytes:
        return self._fetch(method, path, body, wait=wait)[0]

    def _fetch(self, method: str, path: str, body: Any = None, *, wait: float = 0.0) -> tuple[bytes, Mapping[str, str]]:
        content = None if body is None else json.dumps(body).encode()
        token = self._token
        headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
        try:
            status, read, told = self._line.ask(method, path, content, headers, wait=wait)
        except (OSError, http.client.HTTPException) as error:
            raise LinkFailed(f"the cloud does not answer: {error}") from error
        if status == 401:
            raise Refused(token)
        if status >= 300:
            raise LinkFailed(f"{method} {path} was answered with {status}: {read[:300]!r}")
        return read, told


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
