"""A small client of the public APIs, for what `up`, `status` and `doctor` ask: a token, its catalogue, calls."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from pileus.cli.state import State
from pileus.cli.words import Trouble

PATIENCE = 60.0
"""Seconds the cloud has for an answer."""


class Refused(Trouble):
    """The cloud answered, and said no."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__("the cloud refuses what this command needs", f"{status}: {said}", "pileus logs serve")
        self.status = status

    def __str__(self) -> str:
        return self.cause


class _Near(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Client:
    """One user in one project, by the socket in the state directory: it needs no certificate and no open port."""

    def __init__(self, state: State) -> None:
        self._socket = state.socket
        self._token = ""
        self.roots: dict[str, str] = {}
        """The catalogue: type of service → path of its public endpoint."""
        self.project_id = ""

    def login(self, user: str, password: str, project: str) -> Client:
        """Get a token and the catalogue; raises Refused, OSError."""
        domain = {"name": "Default"}
        who = {"name": user, "password": password, "domain": domain}
        asked = {
            "identity": {"methods": ["password"], "password": {"user": who}},
            "scope": {"project": {"name": project, "domain": domain}},
        }
        headers, body = self._ask("POST", "/identity/v3/auth/tokens", json.dumps({"auth": asked}).encode())
        self._token = headers["X-Subject-Token"] or ""
        self.project_id = body["token"]["project"]["id"]
        self.roots = {
            service["type"]: urlsplit(endpoint["url"]).path.rstrip("/")
            for service in body["token"]["catalog"]
            for endpoint in service["endpoints"]
            if endpoint["interface"] == "public"
        }
        return self

    def answers(self) -> bool:
        """Whether the API is there."""
        try:
            self._ask("GET", "/identity/v3")
        except (OSError, http.client.HTTPException, Refused):
            return False
        return True

    def read(self, service: str, path: str) -> Any:
        """The body of a GET."""
        return self._ask("GET", self.roots[service] + path)[1]

    def lines(self, service: str, path: str, *, post: bool = False) -> Iterator[Any]:
        """The objects of an answer that is one line of JSON after another, each as it comes."""
        connection = _Near(self._socket)
        try:
            headers = {"X-Auth-Token": self._token}
            connection.request("POST" if post else "GET", self.roots[service] + path, b"" if post else None, headers)
            answer = connection.getresponse()
            if answer.status >= 400:
                raise Refused(answer.status, answer.read().decode(errors="replace")[:300])
            yield from (json.loads(line) for line in answer if line.strip())
        finally:
            connection.close()

    def make(self, service: str, path: str, body: Any) -> Any:
        """The body of the answer to a POST."""
        return self._ask("POST", self.roots[service] + path, json.dumps(body).encode())[1]

    def put(self, service: str, path: str, content: BinaryIO) -> None:
        """Send a file."""
        self._ask("PUT", self.roots[service] + path, content, kind="application/octet-stream")

    def delete(self, service: str, path: str) -> None:
        """Delete a thing."""
        self._ask("DELETE", self.roots[service] + path)

    def _ask(
        self, method: str, path: str, content: bytes | BinaryIO | None = None, *, kind: str = "application/json"
    ) -> tuple[http.client.HTTPMessage, Any]:
        connection = _Near(self._socket)
        try:
            headers = {"X-Auth-Token": self._token, "Content-Type": kind}
            connection.request(method, path, content, {name: text for name, text in headers.items() if text})
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        body = json.loads(read) if read and "json" in (answer.headers["Content-Type"] or "") else None
        if answer.status >= 400:
            raise Refused(answer.status, _said(body) or read.decode(errors="replace")[:300])
        return answer.headers, body


def _said(body: Any) -> str:
    """The sentence in a service's envelope of errors."""
    if isinstance(body, dict):
        inner: Any = next(iter(body.values()), {})
        return str(inner.get("message", inner)) if isinstance(inner, dict) else str(inner)
    return ""


def administrator(state: State) -> Client:
    """The client of the cloud's administrator; raises Trouble where the cloud does not let it in."""
    if not (state.root / "secrets").is_dir():
        raise Trouble(f"there is no cloud in {state.root}", fix="pileus up, or name its directory with --state DIR")
    try:
        return Client(state).login("admin", state.secret("admin"), "admin")
    except PermissionError as error:
        raise Trouble("the cloud's secrets are its owner's", str(error), "be root, or who started it") from error
    except Refused as error:
        fix = f"write the administrator's new password into {state.root / 'secrets' / 'admin'}"
        raise Trouble("the cloud does not let its administrator in", str(error), fix) from error
    except (OSError, http.client.HTTPException) as error:
        raise Trouble("the cloud does not answer", str(error), "pileus up; pileus logs says what happened") from error
