"""The metadata service of a host: a small HTTP server on 169.254.169.254 of every network's bridge.

Who asks is told by two things a guest cannot choose: the bridge its packets came in by (each bridge has a
listening socket bound to it, so equal addresses of two networks never mix) and its address, which
anti-spoofing holds it to.  No header is ever read, so none can be forged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import unquote

from pileus.network.host.switch import METADATA

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Documents = Callable[[str, str], bytes | None]
"""(guest id, path) → the document, or None if there is none under that path."""
Owners = Mapping[str, Mapping[str, str]]
"""Bridge → address → guest id."""

REQUEST = re.compile(rb"([A-Z]{1,16}) (?:http://[^/ ]*)?(/[\x21-\x7e]*) HTTP/1\.[01]\r\n")
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 500: "Internal Server Error"}
MOST_HEADER = 16 * 1024
MOST_CONNECTIONS = 512
MOST_OF_ONE_GUEST = 16
IP_FREEBIND = 15
"""linux/in.h; Python has no name for it."""
PATIENCE = 10.0
"""Seconds a guest may take for its request and for reading the answer."""


class MetadataServer:
    """Answers guests from `documents`, which is called in one of a few threads, never twice for one request."""

    def __init__(self, documents: Documents, *, address: str = METADATA, port: int = 80) -> None:
        self.documents = documents
        self.where = (address, port)
        self._owners: Owners = {}
        self._doors: dict[str, tuple[int, asyncio.Server]] = {}
        self._present: Counter[str] = Counter()
        self._workers = ThreadPoolExecutor(4, "metadata")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="metadata", daemon=True)

    def start(self) -> None:
        """Serve from now on, in the network namespace of the calling thread."""
        self._thread.start()

    def stop(self) -> None:
        """Close every door and end."""
        self._await(self._shut_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._workers.shutdown(cancel_futures=True)

    def follow(self, owners: Owners) -> dict[str, str]:
        """Serve exactly these bridges and guests; says why, for each bridge that cannot be served.

        To be called after every look at the host: a bridge that was made anew gets a new door.
        """
        return self._await(self._follow({bridge: dict(guests) for bridge, guests in owners.items()}))

    def _await(self, coroutine: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _follow(self, owners: Owners) -> dict[str, str]:
        self._owners = owners
        for bridge in [bridge for bridge in self._doors if bridge not in owners]:
            self._shut(bridge)
        faults = {}
        for bridge in owners:
            try:
                await self._open(bridge)
            except OSError as error:
                faults[bridge] = f"no metadata on {bridge}: {error.strerror}"
        return faults

    async def _open(self, bridge: str) -> None:
        index = socket.if_nametoindex(bridge)
        if bridge in self._doors:
            if self._doors[bridge][0] == index:
                return
            self._shut(bridge)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._answer(bridge, reader, writer)

        listener = listening(bridge, self.where)
        self._doors[bridge] = index, await asyncio.start_server(answer, sock=listener, limit=MOST_HEADER)

    def _shut(self, bridge: str) -> None:
        self._doors.pop(bridge)[1].close()

    async def _shut_all(self) -> None:
        for bridge in list(self._doors):
            self._shut(bridge)

    async def _answer(self, bridge: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its answer, if this guest has not too many under way already."""
        who = f"{bridge} {writer.get_extra_info('peername')[0]}"
        if self._present.total() < MOST_CONNECTIONS and self._present[who] < MOST_OF_ONE_GUEST:
            with self._counted(who), contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await asyncio.wait_for(self._converse(bridge, reader, writer), PATIENCE)
        writer.close()

    @contextlib.contextmanager
    def _counted(self, who: str) -> Iterator[None]:
        self._present[who] += 1
        try:
            yield
        finally:
            self._present[who] -= 1
            self._present += Counter()  # drops those at zero

    async def _converse(self, bridge: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            head = b""
        guest_id = self._owners.get(bridge, {}).get(writer.get_extra_info("peername")[0])
        writer.write(await self._reply(guest_id, head))
        await writer.drain()

    async def _reply(self, guest_id: str | None, head: bytes) -> bytes:
        request = REQUEST.match(head)
        if request is None:
            return response(400)
        if request[1] not in (b"GET", b"HEAD"):
            return response(405)
        if guest_id is None:
            return response(404)
        path = unquote(request[2].partition(b"?")[0].decode())
        try:
            document = await self._loop.run_in_executor(self._workers, self.documents, guest_id, path)
        except Exception:
            log.exception("no metadata for guest %s", guest_id)
            return response(500)
        if document is None:
            return response(404)
        return response(200, document, path, body=request[1] == b"GET")


def listening(bridge: str, where: tuple[str, int]) -> socket.socket:
    """A listening socket that hears only this bridge, whether the bridge has the address already or not."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bridge.encode())
        listener.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        listener.bind(where)
        listener.listen(128)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def response(status: int, document: bytes = b"", path: str = "", *, body: bool = True) -> bytes:
    """A whole answer, after which the connection is closed."""
    if status != 200:
        document = f"{status} {REASONS[status]}\n".encode()
    kind = "application/json" if path.endswith(".json") else "text/plain; charset=utf-8"
    allow = "Allow: GET, HEAD\r\n" if status == 405 else ""
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(document)}\r\n"
        f"{allow}Connection: close\r\n\r\n"
    )
    return head.encode() + (document if body else b"")
