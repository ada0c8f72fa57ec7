"""The agent's way to the cloud, over a socket: kept connections, refusals, joining anew."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pileus.compute.host.fake import CAPACITY
from pileus.host.images.cloud import Known, Neighbour
from pileus.host.line import LinkFailed
from pileus.host.link import HttpLink, Refused


class Cloud(ThreadingHTTPServer):
    """A cloud that knows one token at a time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.joined = 0
        self.asked: list[tuple[str, Any]] = []
        self.hangs_up = False

    @property
    def token(self) -> str:
        """The token that is good now."""
        return f"t{self.joined}"


class Door(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: Cloud

    def do_GET(self) -> None:
        """Tell what is wanted, or what is known of an image."""
        rows = [{"kind": "guest", "id": "g", "number": 3, "body": None}]
        image = {"neighbours": [{"door": "unix:/d", "pass": "p"}], "first": [3, 1]}
        known = self.headers["X-Auth-Token"] == self.server.token
        self._answer(200 if known else 401, {"wanted": rows, "image": image})

    def do_PUT(self) -> None:
        """Keep what is told."""
        self.do_POST()

    def do_POST(self) -> None:
        """Let join, or keep what is told."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/fleet/v1/hosts":
            self.server.joined += 1
            return self._answer(200, {"host_id": "h1", "token": self.server.token})
        if self.path == "/fleet/v1/chunks":
            return self._send(200, b"abb", ("X-Lengths", "1,2"))
        self.server.asked.append((self.path, body))
        return self._answer(204 if self.headers["X-Auth-Token"] == self.server.token else 401, None)

    def _answer(self, code: int, body: Any) -> None:
        self._send(code, b"" if code == 204 else json.dumps(body).encode())

    def _send(self, code: int, content: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(code)
        for header in (("Content-Length", str(len(content))), *headers):
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = self.server.hangs_up

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud on a loopback port."""
    made = Cloud()
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def link(cloud: Cloud, tmp_path: Path) -> HttpLink:
    """A host's way to it."""
    ticket = tmp_path / "ticket"
    ticket.write_text("secret\n")
    return HttpLink(f"http://127.0.0.1:{cloud.server_port}", name="h", zone=None, ticket=ticket)


def test_a_host_joins_fetches_tells_and_beats(cloud: Cloud, link: HttpLink) -> None:
    assert link.join() == "h1"
    assert [(row.kind, row.id, row.number, row.body) for row in link.wanted(2, 0)] == [("guest", "g", 3, None)]
    link.report([{"kind": "guest"}])
    link.beat(CAPACITY, [])
    assert [path for path, _ in cloud.asked] == ["/fleet/v1/hosts/h1/seen", "/fleet/v1/hosts/h1/beat"]
    assert cloud.asked[0][1] == {"seen": [{"kind": "guest"}]}
    assert list(link.chunks(["a", "b"])) == [b"a", b"bb"]


def test_a_connection_the_cloud_has_closed_meanwhile_is_opened_again(cloud: Cloud, link: HttpLink) -> None:
    cloud.hangs_up = True
    link.join()
    for _ in range(3):
        link.report([])
    assert len(cloud.asked) == 3


def test_a_token_that_is_not_known_any_more_is_told_apart_from_silence(cloud: Cloud, link: HttpLink) -> None:
    link.join()
    cloud.joined += 1
    with pytest.raises(Refused):
        link.report([])
    cloud.server_close()


def test_of_several_who_were_refused_only_the_first_joins_again(cloud: Cloud, link: HttpLink) -> None:
    link.join()
    cloud.joined += 1
    with pytest.raises(Refused) as caught:
        link.report([])
    joined = cloud.joined
    for _ in range(3):
        link.join(refused=caught.value.token)
    assert cloud.joined == joined + 1
    link.report([])


def test_a_cloud_that_does_not_answer_is_a_failure_to_try_again(tmp_path: Path) -> None:
    (tmp_path / "ticket").write_text("secret")
    link = HttpLink(f"unix:{tmp_path}/none.sock", name="h", zone=None, ticket=tmp_path / "ticket")
    with pytest.raises(LinkFailed):
        link.join()


def test_what_the_cloud_knows_of_images_is_asked_and_told(cloud: Cloud, link: HttpLink) -> None:
    link.join()
    assert link.image("i") == Known((Neighbour("unix:/d", "p"),), (3, 1))
    link.hold("unix:/mine", ["i"])
    link.keep_first("i", [3, 1])
    assert cloud.asked == [
        ("/fleet/v1/hosts/h1/images", {"door": "unix:/mine", "images": ["i"]}),
        ("/fleet/v1/images/i/first", {"numbers": [3, 1]}),
    ]
