"""The few requests of a push and a pull, whoever carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

BYTES = "application/octet-stream"


class Failed(Exception):
    """The cloud said no, or something it cannot have meant; the message is for people."""


class Reply(NamedTuple):
    """An answer: its code, and its body as it came."""

    code: int
    content: bytes
    body: Any
    """The body's JSON, if it is JSON."""


class Carrier(Protocol):
    """Carries requests to the image service, with a token; any thread may ask."""

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        """`path` begins with `/images/`; a body of bytes is sent as it is, any other as JSON."""
        ...


class Images:
    """The requests, by what they are for. Raises Failed."""

    def __init__(self, carrier: Carrier, image_id: str) -> None:
        self._carrier = carrier
        self._at = f"/images/{image_id}"

    def begin(self, store: str | None) -> None:
        """Begin a push, or go on with one."""
        self._ask("POST", "/push", {} if store is None else {"store": store})

    def missing(self, addresses: Sequence[str]) -> list[str]:
        """Which of these must be sent."""
        return list(self._ask("POST", "/push/missing", {"addresses": list(addresses)}).body["missing"])

    def send(self, records: bytes) -> None:
        """Send chunks, each in a record."""
        self._ask("PUT", "/push/parts", records)

    def commit(self, manifest: str) -> None:
        """All was sent."""
        self._ask("POST", "/push/commit", {"manifest": manifest})

    def push_state(self) -> dict[str, Any] | None:
        """How far the push is; None when there is none any more."""
        found = self._carrier.ask("GET", f"{self._at}/push")
        return None if found.code == 404 else dict(_good(found).body)

    def image(self) -> dict[str, Any]:
        """The image itself."""
        return dict(self._ask("GET", "").body)

    def made_of(self, offset: int) -> dict[str, Any]:
        """What the image is made of, from an offset on."""
        return dict(self._ask("GET", f"/chunks?offset={offset}").body)

    def fetch(self, addresses: Sequence[str]) -> bytes:
        """Chunks, each in a record."""
        return self._ask("POST", "/chunks", {"addresses": list(addresses)}).content

    def _ask(self, method: str, path: str, body: Any = None) -> Reply:
        return _good(self._carrier.ask(method, self._at + path, body))


def new_image(carrier: Carrier, wanted: Mapping[str, Any]) -> str:
    """Make an image without data; its identifier. Raises Failed."""
    return str(_good(carrier.ask("POST", "/images", dict(wanted))).body["id"])


def _good(reply: Reply) -> Reply:
    if reply.code >= 400:
        raise Failed(f"the cloud answered {reply.code}: {_sentence(reply.content.decode(errors='replace'))}")
    return reply


def _sentence(page: str) -> str:
    """What the image service says in its page of HTML."""
    return " ".join(page.partition("</h1>")[2].partition("<br")[0].split()) or page[:300]
