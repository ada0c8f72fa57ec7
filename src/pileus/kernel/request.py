"""One request as it comes in, nothing trusted yet, and its stream of bytes in both directions."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from pileus.kernel.errors import Invalid, TooLarge
from pileus.kernel.store import Store

_DEEPEST = 64
_NUL = re.compile(rb"\x00|(?<!\\)(?:\\\\)*\\u0000")
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
"""Strings are passed over whole, and never twice: an endless one must not cost the square of its length."""

_REQUEST_ID = re.compile(r"req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
Run = Callable[..., Awaitable[Any]]
"""`run(pool, work, *args)`: blocking work in a thread of a pool."""


@dataclass
class Request:
    """What came in, with nothing trusted yet."""

    method: str
    path: str
    """Still quoted, so that a quoted slash stays inside its segment."""
    query: bytes
    headers: Mapping[str, str]
    address: str
    id: str
    body: bytes = b""
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query as pairs; raises Invalid."""
        return pairs_of(self.query, "query")

    @property
    def bearer(self) -> str:
        """The token of the header `authorization`, in the manner of OAuth 2; empty where there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def named(self, names: Sequence[str], values: Sequence[str]) -> None:
        """Keep the path's variables; raises Invalid."""
        self.parameters = {name: text(value.encode(), "path") for name, value in zip(names, values, strict=True)}

    def check_body(self) -> None:
        """Refuse a body nested too deep, and any text in it that holds a NUL."""
        if _NUL.search(self.body):
            raise Invalid("A NUL character is not allowed in a body.")
        if self.body.count(b"{") + self.body.count(b"[") <= _DEEPEST:
            return
        depth = deepest = 0
        for match in _BRACKETS.finditer(self.body):
            depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(match[0], 0)
            deepest = max(deepest, depth)
        if deepest > _DEEPEST:
            raise Invalid(f"The body is nested deeper than {_DEEPEST} levels.")


class Stream:
    """A body read and sent piece by piece, for the few operations that move much."""

    def __init__(self, request: Request, receive: Any, send: Any, run: Run, store: Store) -> None:
        self._receive = receive
        self._send = send
        self._run = run
        self.store = store
        self.request = request
        self.begun = False
        self.code = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives; raises Invalid where the caller goes away before its end."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Invalid("The caller went away before the body's end.")
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                return

    async def whole(self, most: int) -> bytes:
        """The whole body; raises TooLarge above `most` bytes."""
        told = self.request.headers.get("content-length", "")
        if told.isdecimal() and int(told) > most:
            raise TooLarge(f"The body is larger than {most} bytes.")
        found: list[bytes] = []
        size = 0
        async for piece in self.pieces():
            size += len(piece)
            if size > most:
                raise TooLarge(f"The body is larger than {most} bytes.")
            found.append(piece)
        return b"".join(found)

    async def head(self, code: int, headers: Sequence[tuple[str, str]]) -> None:
        """Begin the answer."""
        self.begun, self.code = True, code
        encoded = [(name.lower().encode("latin-1"), _header(value)) for name, value in headers]
        await self._send({"type": "http.response.start", "status": code, "headers": encoded})

    async def send(self, body: bytes, *, more: bool = True) -> None:
        """Send a piece of the answer."""
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def away(self) -> None:
        """Return when the caller has gone away."""
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def thread(self, work: Callable[..., Any], *args: Any, pool: str = "heavy") -> Any:
        """Run blocking work in a pool's thread."""
        return await self._run(pool, work, *args)


def _header(value: str) -> bytes:
    return value.replace("\r", " ").replace("\n", " ").encode("utf-8")


def request_of(scope: Any) -> Request:
    """What an ASGI scope says of a request."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    given = headers.get("x-openstack-request-id", "")
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    address = (scope.get("client") or ("", 0))[0]
    number = given if _REQUEST_ID.match(given) else f"req-{uuid.uuid4()}"
    return Request(scope["method"], path, scope["query_string"], headers, address, number)


def pairs_of(raw: bytes, what: str) -> list[tuple[str, str]]:
    """A query, or a form in a body, as pairs; raises Invalid."""
    try:
        return parse_qsl(text(raw, what, quoted=False), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError as error:
        raise Invalid(f"The {what} is not valid UTF-8.") from error
    except ValueError as error:
        raise Invalid(f"The {what} has too many fields.") from error


def text(raw: bytes, what: str, *, quoted: bool = True) -> str:
    """Bytes of a path or query as text; raises Invalid for what is not UTF-8 or holds a NUL."""
    try:
        text = (unquote_to_bytes(raw) if quoted else raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"The {what} is not valid UTF-8.") from error
    if "\0" in text or (not quoted and "%00" in text):
        raise Invalid(f"The {what} holds a NUL character.")
    return text
