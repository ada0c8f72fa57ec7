"""What a host gives to its neighbours, and what it does not."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.chunks import passes
from pileus.chunks.host.cache import ImageCache
from pileus.host.images.cloud import apart
from pileus.host.images.door import PLACES, Door, on_machine, on_network
from pileus.host.line import Line
from pileus.kernel.clock import SystemClock
from tests.chunks.contents import MIB, noise
from tests.host.images.origin import Origin

pytestmark = pytest.mark.slow

KEY = b"secret"
Heard = tuple[int, bytes, dict[str, str]]


class Neighbour:
    """A host with two images, and somebody who asks it."""

    def __init__(self, place: Path) -> None:
        origin = Origin()
        self.cache = ImageCache(place / "cache", 8 * MIB)
        self.names = [origin.put(noise(MIB, seed)) for seed in (1, 2)]
        for name in self.names:
            self.cache.fetch(name, origin, "vm")
        self.chunks = [
            [entry.address for _, entry in origin.store.entries(name) if entry.address] for name in self.names
        ]
        self.store = origin.store
        self.socket = place / "door"
        self.door = Door(self.cache, lambda: KEY, on_machine(self.socket), SystemClock())
        self.door.open()

    def ask(self, asked: str, shown: str | None = None, method: str = "GET") -> Heard:
        given = shown if shown is not None else passes.issue_pass(KEY, self.names[0], int(time.time()) + 60)
        status, content, headers = Line(f"unix:{self.socket}", 5).ask(method, asked, None, {"X-Pass": given})
        return status, content, dict(headers)


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[Neighbour]:
    made = Neighbour(tmp_path)
    yield made
    made.door.close()
    made.cache.close()


def test_chunks_are_given_in_the_order_asked(neighbour: Neighbour) -> None:
    asked = neighbour.chunks[0][3::-1]
    status, content, headers = neighbour.ask(f"/chunks/{','.join(asked)}")
    assert status == 200
    assert apart(content, headers) == list(neighbour.store.chunks(asked))


@pytest.mark.parametrize("shown", ["", "x", "a.b.c", f"{'0' * 64}.99999999999.{'0' * 64}", "\xff.1.2"])
def test_without_a_pass_nothing_is_given(neighbour: Neighbour, shown: str) -> None:
    assert neighbour.ask(f"/chunks/{neighbour.chunks[0][0]}", shown)[0] == 401


def test_a_pass_ends_and_is_good_for_one_image_under_one_key(neighbour: Neighbour) -> None:
    first, other = neighbour.chunks[0][0], neighbour.chunks[1][0]
    now = int(time.time())
    assert neighbour.ask(f"/chunks/{first}", passes.issue_pass(KEY, neighbour.names[0], now - 1))[0] == 401
    assert neighbour.ask(f"/chunks/{first}", passes.issue_pass(b"other", neighbour.names[0], now + 9))[0] == 401
    longer = passes.issue_pass(KEY, neighbour.names[0], now - 1).replace(str(now - 1), str(now + 99))
    assert neighbour.ask(f"/chunks/{first}", longer)[0] == 401
    assert neighbour.ask(f"/chunks/{other}")[0] == 404
    assert neighbour.ask(f"/chunks/{first},{other}")[0] == 404


@pytest.mark.parametrize(
    "asked",
    ["/", "/chunks/", "/chunks/../../etc/passwd", f"/chunks/{'0' * 64}", f"/x/{'0' * 64}", "/chunks/" + "a" * 5000],
)
def test_what_is_no_chunk_here_is_not_found(neighbour: Neighbour, asked: str) -> None:
    assert neighbour.ask(asked)[0] == 404


def test_more_than_its_share_is_not_given(neighbour: Neighbour) -> None:
    assert neighbour.ask(f"/chunks/{','.join([neighbour.chunks[0][0]] * 33)}")[0] == 404


def test_it_only_reads(neighbour: Neighbour) -> None:
    assert neighbour.ask(f"/chunks/{neighbour.chunks[0][0]}", method="DELETE")[0] == 501


def test_only_its_own_user_reaches_it(neighbour: Neighbour) -> None:
    assert neighbour.socket.stat().st_mode & 0o777 == 0o600


def test_garbage_ends_a_connection_and_nothing_else(neighbour: Neighbour) -> None:
    for garbage in (b"\x00" * 70_000, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200, b"\xff\xfe\r\n\r\n"):
        with socket.socket(socket.AF_UNIX) as guest:
            guest.settimeout(5)
            guest.connect(str(neighbour.socket))
            with contextlib.suppress(OSError):
                guest.sendall(garbage)
                guest.shutdown(socket.SHUT_WR)
                guest.recv(1000)
    assert neighbour.ask(f"/chunks/{neighbour.chunks[0][0]}")[0] == 200


def test_who_finds_no_place_is_sent_away(neighbour: Neighbour) -> None:
    with contextlib.ExitStack() as inside:
        for _ in range(PLACES):
            guest = inside.enter_context(socket.socket(socket.AF_UNIX))
            guest.connect(str(neighbour.socket))
        time.sleep(0.2)
        with pytest.raises((OSError, http.client.HTTPException)):
            neighbour.ask(f"/chunks/{neighbour.chunks[0][0]}")
    time.sleep(0.2)
    assert neighbour.ask(f"/chunks/{neighbour.chunks[0][0]}")[0] == 200


def test_to_other_machines_it_speaks_tls(neighbour: Neighbour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *names], check=True, capture_output=True)
    door = Door(neighbour.cache, lambda: KEY, on_network("127.0.0.1:0", certificate, key), SystemClock())
    door.open()
    url = f"https://localhost:{door.socket.getsockname()[1]}"
    shown = passes.issue_pass(KEY, neighbour.names[0], int(time.time()) + 60)
    asked = "GET", f"/chunks/{neighbour.chunks[0][0]}", None, {"X-Pass": shown}
    with pytest.raises(ssl.SSLCertVerificationError):
        Line(url, 5).ask(*asked)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert Line(url, 5).ask(*asked)[0] == 200
    door.close()
