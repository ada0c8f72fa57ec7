"""A caller for tests: speaks ASGI to the cloud's front door, in this process and without a socket."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pileus.kernel.http import Front


@dataclass(frozen=True)
class Heard:
    """An answer."""

    code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The answer's JSON."""
        return json.loads(self.content)


class Loop:
    """An event loop in a thread of its own, shared by all tests of a process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, work: Any) -> Any:
        """Wait for a coroutine."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


LOOP = Loop()


class Asker:
    """Somebody with a token, asking one service at one version."""

    def __init__(self, front: Front, root: str, token: str = "", version: str | None = None) -> None:
        self.front, self.root, self.token, self.version = front, root, token, version

    def at(self, version: str) -> Asker:
        """The same caller at another microversion."""
        return Asker(self.front, self.root, self.token, version)

    def __call__(self, line: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any) -> Heard:
        """Ask: `asker("GET /servers", limit=2)`; `body` is JSON unless it is bytes."""
        method, path = line.split(" ", 1)
        path, _, given = path.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        all_headers = {"content-type": "application/json", **self._own(), **(headers or {})}
        asked = urlencode(query, doseq=True) or given
        request = _Asked(method, self.root + path, asked, all_headers, content)
        heard: Heard = LOOP.run(_ask(self.front, request))
        return heard

    def _own(self) -> dict[str, str]:
        word = self.root.split("/")[1]
        version = {"openstack-api-version": f"{word} {self.version}"} if self.version else {}
        return {**({"x-auth-token": self.token} if self.token else {}), **version}


@dataclass(frozen=True)
class _Asked:
    """A request."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    content: bytes


async def _ask(front: Front, asked: _Asked) -> Heard:
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": asked.method,
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": asked.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in asked.headers.items()],
        "client": ("127.0.0.1", 1),
    }
    waiting = [{"type": "http.request", "body": asked.content, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await front(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Heard(sent[0]["status"], told, b"".join(message["body"] for message in sent[1:]))
