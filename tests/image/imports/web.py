"""A web server for tests, on a loopback address: what it answers, byte by byte, is the test's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[socket.socket], None]


class Asked(threading.local):
    """What the request said that is being answered."""

    text = ""


asked = Asked()


def plain(body: bytes, *, code: str = "200 OK", **headers: str) -> Answer:
    """An ordinary answer; underscores in a header's name stand for hyphens."""
    told = {"content_length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return lambda door: door.sendall(f"HTTP/1.1 {code}\r\n{head}\r\n".encode() + body)


def leading(to: str) -> Answer:
    """An answer that leads elsewhere."""
    return plain(b"", code="302 Found", location=to)


MISSING = plain(b"", code="404 Not Found")


@contextmanager
def web(answers: dict[str, Answer]) -> Iterator[str]:
    """Serve answers by path meanwhile; its address without a final slash."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                door, _ = listener.accept()
            except OSError:
                return
            with door:
                asked.text = door.recv(65536).decode()
                try:
                    answers.get(asked.text.split(" ")[1], MISSING)(door)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
