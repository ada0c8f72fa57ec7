"""A cloud behind a socket that takes in one object after another, or refuses them."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class OneCloud(ThreadingHTTPServer):
    """Takes in one body, or refuses it at once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.refuses: int | None = None
        self.came: list[tuple[str, str, str, int]] = []


class Door(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: OneCloud

    def do_PUT(self) -> None:
        """A parcel, in pieces of whatever length."""
        if self.server.refuses:
            self._answer(self.server.refuses, {"error": {"message": "It is ugly."}})
            return
        size = 0
        while length := int(self.rfile.readline(), 16):
            size += len(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        self.server.came.append((self.path, self.headers["X-Auth-Token"], self.headers["Content-Type"], size))
        self.send_response(204)
        self.end_headers()

    def do_POST(self) -> None:
        """What is missing of what is asked, or the chunks themselves."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["addresses"]
        if self.path.endswith("/missing"):
            self._answer(200, {"missing": asked[:1]})
            return
        content = b"".join(each.encode() for each in asked)
        self.send_response(200)
        self.send_header("x-lengths", ",".join(str(len(each)) for each in asked))
        self._send(content)

    def _answer(self, code: int, body: object) -> None:
        self.close_connection = True
        self.send_response(code)
        self._send(json.dumps(body).encode())

    def _send(self, content: bytes) -> None:
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
