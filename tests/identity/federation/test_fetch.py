"""Answers of other servers are bounded in time and size, and do not lead elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pileus.identity.federation import fetch as module
from pileus.identity.federation.fetch import MOST, fetch
from pileus.kernel.errors import Unauthorized, Unavailable


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        code = {"/away": 302, "/no": 401, "/broken": 500}.get(self.path, 200)
        self.send_response(code)
        if code == 302:
            self.send_header("location", "/fine")
        self.end_headers()
        if self.path == "/endless":
            self.wfile.write(b" " * (MOST + 2))
        elif self.path == "/slow":
            threading.Event().wait(1)
        else:
            self.wfile.write(b"<html>" if self.path == "/page" else b'{"fine": true}')

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_json_is_fetched(url: str):
    assert fetch(f"{url}/fine") == {"fine": True}


@pytest.mark.parametrize("path", ["/away", "/broken", "/page", "/endless", "/slow"])
def test_anything_else_is_no_answer(url: str, path: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SECONDS", 0.4)
    with pytest.raises(Unavailable):
        fetch(f"{url}{path}")


def test_a_refusal_is_one_here(url: str):
    with pytest.raises(Unauthorized):
        fetch(f"{url}/no")
