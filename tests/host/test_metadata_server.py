"""The metadata server over loopback, which stands in for a bridge; real bridges are in tests/hosts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from pileus.host.metadata_server import MOST_HEADER, MetadataServer

GUEST = "7d3f0f34-0000-4000-8000-000000000001"


def documents(guest_id: str, path: str) -> bytes | None:
    if path == "/broken":
        raise OSError("no such disk /var/secret")
    if path.startswith("/none"):
        return None
    return f"{guest_id} {path}".encode()


@pytest.fixture
def server() -> Iterator[MetadataServer]:
    server = MetadataServer(documents, address="127.0.0.1", port=free_port())
    server.start()
    assert server.follow({"lo": {"127.0.0.1": GUEST}}) == {}
    yield server
    server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def said(server: MetadataServer, request: bytes, source: str = "127.0.0.1") -> bytes:
    """The whole answer to a request."""
    with socket.create_connection(server.where, timeout=5, source_address=(source, 0)) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


def got(server: MetadataServer, path: str, *headers: str, source: str = "127.0.0.1") -> tuple[int, bytes]:
    """Status and body of a GET."""
    lines = "".join(f"{header}\r\n" for header in headers)
    head, _, body = said(server, f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode(), source).partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


def test_a_guest_gets_its_own_documents(server: MetadataServer) -> None:
    assert got(server, "/latest/meta-data/") == (200, f"{GUEST} /latest/meta-data/".encode())


def test_nobody_else_gets_any(server: MetadataServer) -> None:
    assert got(server, "/latest/meta-data/", source="127.0.0.2")[0] == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Instance-ID", "Host"])
def test_no_header_makes_one_guest_another(server: MetadataServer, header: str) -> None:
    assert got(server, "/latest", f"{header}: 127.0.0.1", f"{header}: {GUEST}", source="127.0.0.2")[0] == 404


def test_a_path_is_unquoted_and_its_query_left_out(server: MetadataServer) -> None:
    assert got(server, "/a%20b?c=d")[1] == f"{GUEST} /a b".encode()
    assert got(server, "http://169.254.169.254/latest")[1] == f"{GUEST} /latest".encode()


def test_json_is_called_so(server: MetadataServer) -> None:
    assert b"Content-Type: application/json" in said(server, b"GET /openstack/latest/meta_data.json HTTP/1.0\r\n\r\n")


def test_head_has_no_body(server: MetadataServer) -> None:
    head, _, body = said(server, b"HEAD /latest HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")
    assert b"Content-Length: 44" in head
    assert body == b""


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"POST /latest HTTP/1.1", b"405"),
        (b"GET latest HTTP/1.1", b"400"),
        (b"GET /latest", b"400"),
        (b"GET /la test HTTP/1.1", b"400"),
        (b"\x16\x03\x01", b"400"),
        (b"GET /none HTTP/1.1", b"404"),
        (b"GET /broken HTTP/1.1", b"500"),
        (b"GET /" + b"x" * MOST_HEADER + b" HTTP/1.1", b"400"),
    ],
)
def test_what_cannot_be_answered_is_refused(server: MetadataServer, request_line: bytes, status: bytes) -> None:
    answer = said(server, request_line + b"\r\n\r\n")
    assert answer.split(b" ")[1] == status
    assert b"secret" not in answer


def test_one_guest_cannot_keep_others_waiting(server: MetadataServer) -> None:
    server.follow({"lo": {"127.0.0.1": GUEST, "127.0.0.2": GUEST}})
    held = [socket.create_connection(server.where, source_address=("127.0.0.2", 0)) for _ in range(40)]
    try:
        for connection in held:
            connection.sendall(b"GET /")
        assert got(server, "/latest")[0] == 200
        refused = [connection for connection in held if ended(connection)]
        assert len(refused) == 24
    finally:
        for connection in held:
            connection.close()


def ended(connection: socket.socket) -> bool:
    connection.settimeout(0.05)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def test_many_ask_at_once_and_all_are_answered(server: MetadataServer) -> None:
    answers: list[int] = []

    def ask() -> None:
        answers.extend(got(server, "/latest")[0] for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 50


def test_a_bridge_that_is_not_there_is_said(server: MetadataServer) -> None:
    assert "nobridge" in server.follow({"lo": {}, "nobridge": {}})


def test_a_bridge_no_longer_named_is_no_longer_served(server: MetadataServer) -> None:
    server.follow({})
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.where, timeout=2)
    server.follow({"lo": {"127.0.0.1": GUEST}})
    assert got(server, "/latest")[0] == 200
