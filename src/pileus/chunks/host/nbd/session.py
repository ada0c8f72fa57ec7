"""One client of the NBD server: first the handshake, then requests, answered in any order.

The client is a QEMU whose guest may have taken it over. So nothing it says is believed: lengths are bounded before
anything is read or made of that size, and what is not understood ends this session and no other.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pileus.chunks.errors import ChunkError
from pileus.chunks.host.nbd import words
from pileus.chunks.host.nbd.export import Export
from pileus.chunks.host.nbd.words import Request

HURRY = 20.0
"""Seconds in which the handshake must be over."""

MOST_READ = 32 << 20
"""Bytes of one read; how much BLOCK_STATUS asks about is not bounded, only how much it is told."""

MOST_OPTION, MOST_OPTIONS, MOST_EXTENTS, MOST_WAITING = 8192, 64, 4096, 16

Find = Callable[[str], Export]


class Over(Exception):
    """The client has left, or speaks nothing that is known here."""


class Session:
    """`find` opens an export by its name; raises ChunkError."""

    def __init__(self, client: socket.socket, find: Find) -> None:
        self._client = client
        self._find = find
        self._export: Export | None = None
        self._is_structured = self._tells_allocation = self._is_over = False
        self._sending = threading.Lock()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)
        self._threads = ThreadPoolExecutor(MOST_WAITING, "nbd-read")
        self._answers = {
            words.OPT_INFO: self._inform,
            words.OPT_GO: self._inform,
            words.OPT_STRUCTURED_REPLY: self._structure,
            words.OPT_LIST_META_CONTEXT: self._offer_contexts,
            words.OPT_SET_META_CONTEXT: self._offer_contexts,
        }

    def run(self) -> str:
        """Serve until the client leaves; the name of the export it used, if any."""
        try:
            with contextlib.suppress(Over, OSError):
                self._client.settimeout(HURRY)
                export = self._handshake()
                self._client.settimeout(None)
                while True:
                    self._answer(export, self._request())
        finally:
            self._is_over = True
            self._threads.shutdown(wait=False, cancel_futures=True)
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)
            self._client.close()
        return self._export.name if self._export else ""

    # ── the handshake ────────────────────────────────────────────────────────────────────────────────────

    def _handshake(self) -> Export:
        self._client.sendall(words.greeting())
        (flags,) = struct.unpack(">I", self._read(4))
        if flags & ~(words.FIXED_NEWSTYLE | words.NO_ZEROES):
            raise Over
        for _ in range(MOST_OPTIONS):
            magic, option, length = words.OPTION_HEAD.unpack(self._read(words.OPTION_HEAD.size))
            if magic != words.IHAVEOPT or length > MOST_OPTION:
                raise Over
            data = self._read(length)
            if option == words.OPT_EXPORT_NAME:
                return self._go_old_way(data, has_zeroes=not flags & words.NO_ZEROES)
            if option == words.OPT_ABORT:
                self._client.sendall(words.option_reply(option, words.REP_ACK))
                raise Over
            replies = self._answers.get(option, _unsupported)(option, data)
            self._client.sendall(b"".join(words.option_reply(option, *reply) for reply in replies))
            if option == words.OPT_GO and self._export:
                return self._export
        raise Over

    def _go_old_way(self, name: bytes, *, has_zeroes: bool) -> Export:
        export = self._found(name)
        if export is None:
            raise Over
        self._client.sendall(struct.pack(">QH", export.size, words.FLAGS) + bytes(124 if has_zeroes else 0))
        return export

    def _found(self, name: bytes) -> Export | None:
        try:
            self._export = self._find(name.decode("ascii"))
        except (ChunkError, UnicodeDecodeError, OSError):
            return None
        return self._export

    def _inform(self, option: int, data: bytes) -> list[tuple[int, bytes]]:
        name, _ = _text_in(data)
        if name is None:
            return [(words.REP_ERR_INVALID, b"")]
        export = self._found(name)
        if export is None:
            return [(words.REP_ERR_UNKNOWN, b"")]
        sizes = struct.pack(">HIII", words.INFO_BLOCK_SIZE, 1, 4096, MOST_READ)
        about = struct.pack(">HQH", words.INFO_EXPORT, export.size, words.FLAGS)
        if option == words.OPT_INFO:
            self._export = None
        return [(words.REP_INFO, about), (words.REP_INFO, sizes), (words.REP_ACK, b"")]

    def _structure(self, option: int, data: bytes) -> list[tuple[int, bytes]]:
        if data:
            return [(words.REP_ERR_INVALID, b"")]
        self._is_structured = True
        return [(words.REP_ACK, b"")]

    def _offer_contexts(self, option: int, data: bytes) -> list[tuple[int, bytes]]:
        """The only one there is, if it is among those asked for (or all are asked for, which is by asking none)."""
        name, rest = _text_in(data)
        queries = _texts_in(rest)
        if name is None or queries is None or not self._is_structured:
            return [(words.REP_ERR_INVALID, b"")]
        is_list = option == words.OPT_LIST_META_CONTEXT
        is_asked = words.ALLOCATION in queries or (is_list and (not queries or b"base:" in queries))
        if not is_list:
            self._tells_allocation = is_asked
        context = struct.pack(">I", 0 if is_list else words.CONTEXT) + words.ALLOCATION
        return [(words.REP_META_CONTEXT, context)] * is_asked + [(words.REP_ACK, b"")]

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────

    def _request(self) -> Request:
        magic, *asked = words.HEAD.unpack(self._read(words.HEAD.size))
        if magic != words.REQUEST or asked[1] == words.CMD_DISC:
            raise Over
        return Request(*asked)

    def _answer(self, export: Export, asked: Request) -> None:
        if asked.command == words.CMD_WRITE:
            self._overhear(asked.length)
        if error := self._wrong_with(export, asked):
            self._send_error(asked, error)
        elif asked.command == words.CMD_BLOCK_STATUS:
            self._tell_extents(export, asked)
        elif export.is_here(asked.offset, asked.length):
            self._give(export, asked)
        else:
            self._await_place()
            self._threads.submit(self._give_when_here, export, asked)

    def _await_place(self) -> None:
        """Among those who wait; who waits for that may leave too."""
        while not self._waiting.acquire(timeout=1.0):
            look = select.poll()
            look.register(self._client, select.POLLRDHUP)
            if look.poll(0):
                raise Over

    def _wrong_with(self, export: Export, asked: Request) -> int:
        if asked.command in (words.CMD_WRITE, words.CMD_TRIM, words.CMD_WRITE_ZEROES):
            return words.EPERM
        if asked.command not in (words.CMD_READ, words.CMD_CACHE, words.CMD_BLOCK_STATUS):
            return words.EINVAL
        if asked.command == words.CMD_BLOCK_STATUS and not self._tells_allocation:
            return words.EINVAL
        if asked.command == words.CMD_READ and asked.length > MOST_READ:
            return words.EOVERFLOW
        return words.EINVAL if not asked.length or asked.offset + asked.length > export.size else 0

    def _overhear(self, length: int) -> None:
        """What a client sends to be written, though it was told that it may not."""
        if length > MOST_READ:
            raise Over
        self._read(length)

    def _give_when_here(self, export: Export, asked: Request) -> None:
        try:
            export.await_bytes(asked.offset, asked.length, lambda: self._is_over)
            if not self._is_over:
                self._give(export, asked)
        except Exception:  # a read may be late, never wrong: the client asks again on another connection
            self._is_over = True
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)
        finally:
            self._waiting.release()

    def _give(self, export: Export, asked: Request) -> None:
        export.note(asked.offset, asked.length)
        if asked.command == words.CMD_CACHE:
            self._send(
                words.structured(asked.cookie, words.REPLY_NONE) if self._is_structured else words.simple(asked.cookie)
            )
            return
        with self._sending:
            if self._is_structured:
                self._give_in_runs(export, asked)
            else:
                self._client.sendall(words.simple(asked.cookie))
                export.send(self._client, asked.offset, asked.length)
        return

    def _give_in_runs(self, export: Export, asked: Request) -> None:
        offset, end = asked.offset, asked.offset + asked.length
        for length, is_hole in export.runs(offset, asked.length):
            is_last = offset + length == end
            if is_hole:
                hole = struct.pack(">QI", offset, length)
                self._client.sendall(words.structured(asked.cookie, words.REPLY_OFFSET_HOLE, hole, is_last=is_last))
            else:
                head = words.structured(
                    asked.cookie,
                    words.REPLY_OFFSET_DATA,
                    struct.pack(">Q", offset),
                    length=8 + length,
                    is_last=is_last,
                )
                self._client.sendall(head)
                export.send(self._client, offset, length)
            offset += length

    def _tell_extents(self, export: Export, asked: Request) -> None:
        most = 1 if asked.flags & words.CMD_FLAG_REQ_ONE else MOST_EXTENTS
        told = b"".join(
            struct.pack(">II", length, words.STATE_HOLE_AND_ZERO if is_hole else 0)
            for length, is_hole in export.runs(asked.offset, asked.length)[:most]
        )
        self._send(words.structured(asked.cookie, words.REPLY_BLOCK_STATUS, struct.pack(">I", words.CONTEXT) + told))

    def _send_error(self, asked: Request, error: int) -> None:
        if self._is_structured:
            self._send(words.structured(asked.cookie, words.REPLY_ERROR, struct.pack(">IH", error, 0)))
        else:
            self._send(words.simple(asked.cookie, error))

    def _send(self, content: bytes) -> None:
        with self._sending:
            self._client.sendall(content)

    def _read(self, length: int) -> bytes:
        """So many bytes, which are few or bounded."""
        content = bytearray(length)
        view = memoryview(content)
        while view:
            came = self._client.recv_into(view)
            if not came:
                raise Over
            view = view[came:]
        return bytes(content)


def _unsupported(option: int, data: bytes) -> list[tuple[int, bytes]]:
    return [(words.REP_ERR_UNSUP, b"")]


def _text_in(data: bytes) -> tuple[bytes | None, bytes]:
    """A text that its length comes before, and what follows; None where it is cut short."""
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length or len(data) < 4:
        return None, b""
    return data[4 : 4 + length], data[4 + length :]


def _texts_in(data: bytes) -> list[bytes] | None:
    """As many texts as the first four bytes tell, and nothing after them; None where that is not so."""
    found: list[bytes] = []
    count, rest = int.from_bytes(data[:4], "big"), data[4:]
    if len(data) < 4 or count > len(data):
        return None
    for _ in range(count):
        text, rest = _text_in(rest)
        if text is None:
            return None
        found.append(text)
    return None if rest else found
