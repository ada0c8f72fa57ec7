"""Fetching from the web ends in time, whole or not at all, and is led nowhere it may not go."""

from __future__ import annotations

import socket
import time

import pytest

from pileus.image.imports import fetch as module
from pileus.image.imports.fetch import HOPS, Web, fetch
from pileus.image.imports.jobs import Jobs
from pileus.image.settings import ImageSettings
from pileus.kernel.clock import SystemClock
from pileus.kernel.errors import Invalid, TooLarge
from tests.image.imports.web import Answer, leading, plain, web

BODY = bytes(range(256)) * 8192


def got(answers: dict[str, Answer], path: str = "/x", **settings: object) -> bytes:
    """What is fetched from a server on a loopback address that is listed."""
    found: list[bytes] = []
    told = ImageSettings(web_download_allow=("127.0.0.1",), **settings)  # type: ignore[arg-type]
    with web(answers) as address:
        fetch(Web(told, SystemClock(), Jobs(threads=0)), address + path, found.append)
    return b"".join(found)


def chunked(door: socket.socket) -> None:
    """An answer of unknown length."""
    door.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")


def test_bytes_come_whole_whatever_their_encoding() -> None:
    assert got({"/x": plain(BODY)}) == BODY
    assert got({"/x": chunked}) == b"abcde"


def test_redirects_are_followed_some_times() -> None:
    assert got({"/x": leading("/y"), "/y": leading("z"), "/z": plain(b"there")}) == b"there"
    with pytest.raises(Invalid, match=f"more than {HOPS} times"):
        got({"/x": leading("/x")})


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.2/", "http://169.254.169.254/latest", "file:///etc/passwd", "http://[::1]:9/", "http://10.0.0.1"],
)
def test_a_redirect_is_checked_like_the_first_address(to: str) -> None:
    with pytest.raises(Invalid, match="does not pass filtering"):
        got({"/x": leading(to)})


def test_what_is_no_image_is_refused() -> None:
    for answer in (
        plain(b"no", code="404 Not Found"),
        plain(b"x", content_encoding="gzip"),
        lambda door: door.sendall(b"?"),
    ):
        with pytest.raises(Invalid):
            got({"/x": answer})


def test_a_body_that_comes_short_is_refused() -> None:
    with pytest.raises(Invalid):
        got({"/x": plain(b"half", content_length="8")})


def test_too_much_is_refused_as_soon_as_it_is_known() -> None:
    with pytest.raises(TooLarge):
        got({"/x": plain(BODY)}, most_bytes=1000)

    def endless(door: socket.socket) -> None:
        door.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            door.sendall(bytes(1 << 16))

    with pytest.raises(TooLarge):
        got({"/x": endless}, most_bytes=1 << 20)


def test_a_peer_that_dribbles_its_head_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE", 0.5)

    def dribble(door: socket.socket) -> None:
        for one in b"HTTP/1.1 200 OK\r\n" + b"x-slow: y\r\n" * 100:
            door.sendall(bytes([one]))
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(Invalid):
        got({"/x": dribble})
    assert time.monotonic() - began < 3


def test_a_peer_that_dribbles_its_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.2)

    def dribble(door: socket.socket) -> None:
        door.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            door.sendall(b"x")
            time.sleep(0.02)

    with pytest.raises(Invalid, match="too slowly"):
        got({"/x": dribble})


def test_the_end_of_the_process_ends_a_fetch() -> None:
    jobs = Jobs(threads=0)
    found: list[bytes] = []

    def stall(door: socket.socket) -> None:
        door.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx")
        jobs.close()
        time.sleep(1)

    told = ImageSettings(web_download_allow=("127.0.0.1",))
    began = time.monotonic()
    with web({"/x": stall}) as address, pytest.raises(Invalid):
        fetch(Web(told, SystemClock(), jobs), address + "/x", found.append)
    assert time.monotonic() - began < 5
