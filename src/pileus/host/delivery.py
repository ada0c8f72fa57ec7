"""The way on which a host brings objects to the cloud: HTTP with the agent's own token, from whatever process."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pileus.host.images.cloud import apart
from pileus.host.line import LinkFailed, Way, opener

PATIENCE = 120.0
"""Seconds the cloud may take to answer, making an object durable included."""

AT_ONCE = 32
"""Chunks asked for at once."""

LATER = (401, 409, 429, 500, 502, 503, 504)
"""Answers after which it may well be accepted, perhaps under a new token."""


class Declined(Exception):
    """The cloud does not take it, and would not if it came again; `said` is for the owner."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True)
class Delivery:
    """One way, on a new connection for each errand.  Raises LinkFailed, Declined."""

    way: Way

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        """Chunks by address, in order."""
        for first in range(0, len(addresses), AT_ONCE):
            body = json.dumps({"addresses": list(addresses[first : first + AT_ONCE])}).encode()
            yield from apart(*self._fetch("POST", "chunks", body))

    def missing(self, addresses: Sequence[str]) -> set[str]:
        """Which of these chunks the cloud does not have."""
        body = json.dumps({"addresses": list(addresses)}).encode()
        told = self._ask("POST", f"hosts/{self.way.host_id}/missing", body)
        return set(json.loads(told)["missing"])

    def deliver(self, kind: str, id: str, parcel: Iterable[bytes]) -> None:
        """Bring an object for a thing that was asked for."""
        self._ask("PUT", f"hosts/{self.way.host_id}/{kind}/{id}/object", parcel, "application/octet-stream")

    def _ask(self, method: str, path: str, body: Any, media: str = "application/json") -> bytes:
        return self._fetch(method, path, body, media)[0]

    def _fetch(
        self, method: str, path: str, body: Any, media: str = "application/json"
    ) -> tuple[bytes, dict[str, str]]:
        connection = opener(self.way.address)(PATIENCE)
        try:
            answer = _answer(connection, method, f"/fleet/v1/{path}", body, media, self.way.token)
            read = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise LinkFailed(f"the cloud does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= 300:
            raise refused(answer.status, _words(read))
        return read, dict(answer.headers.items())


def _answer(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any, *more: str
) -> http.client.HTTPResponse:
    """The answer, which a refusal sends before all of the body has gone."""
    media, token = more
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request(method, path, body, {"X-Auth-Token": token, "Content-Type": media})
    return connection.getresponse()


def _words(read: bytes) -> str:
    try:
        return str(json.loads(read)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return repr(read[:300])


def refused(status: int, said: str) -> Exception:
    """What a refusal means for whoever asked."""
    return LinkFailed(f"the cloud answered {status}: {said}") if status in LATER else Declined(said)
