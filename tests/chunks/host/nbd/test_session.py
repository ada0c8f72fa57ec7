"""A client that says anything at all harms only itself: the next one is served as if nothing had been."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pileus.chunks.host.nbd import words
from tests.chunks.contents import KIB, noise
from tests.chunks.host.nbd.served import Served

CONTENT = noise(200 * KIB) + bytes(100 * KIB) + noise(100 * KIB, 2)
PATIENCE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

OPTIONS = st.tuples(
    st.sampled_from([*range(1, 12), 1 << 31]), st.one_of(st.binary(max_size=60), st.just(b"\0\0\0\x40" + b"a" * 64))
)
REQUESTS = st.tuples(
    st.integers(0, 65535),
    st.sampled_from([*range(9), 65535]),
    st.integers(0, 2**64 - 1),
    st.one_of(st.integers(0, 2**64 - 1), st.integers(0, len(CONTENT))),
    st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 100_000)),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place: Path = tmp_path_factory.mktemp("nbd")
    made = Served(place, CONTENT)
    made.cache.fetch(made.name, made.origin, "disk")
    yield made
    made.close()


@contextlib.contextmanager
def client(served: Served) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(2)
        made.connect(str(served.socket))
        yield made


def say(served: Served, *parts: bytes) -> None:
    """Say this and listen until the server has had enough."""
    with client(served) as one, contextlib.suppress(OSError):
        one.sendall(b"".join(parts))
        one.shutdown(socket.SHUT_WR)
        while one.recv(1 << 20):
            pass


def still_serves(served: Served) -> None:
    with client(served) as one:
        hello(one, served)
        one.sendall(words.HEAD.pack(words.REQUEST, 0, words.CMD_READ, 7, 150 * KIB, 100 * KIB))
        assert heard(one, 16) == words.simple(7)
        assert heard(one, 100 * KIB) == CONTENT[150 * KIB : 250 * KIB]


def hello(one: socket.socket, served: Served) -> None:
    heard(one, 18)
    one.sendall(struct.pack(">I", 3) + option(words.OPT_EXPORT_NAME, served.name.encode()))
    assert struct.unpack(">QH", heard(one, 10)) == (len(CONTENT), words.FLAGS)


def option(number: int, data: bytes) -> bytes:
    return words.OPTION_HEAD.pack(words.IHAVEOPT, number, len(data)) + data


def heard(one: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        came = one.recv(length - len(content))
        assert came, "the server hung up"
        content += came
    return content


@PATIENCE
@given(st.binary(max_size=300))
def test_garbage_instead_of_a_handshake(served: Served, garbage: bytes) -> None:
    say(served, garbage)
    still_serves(served)


@PATIENCE
@given(st.integers(0, 3), st.lists(OPTIONS, max_size=8), st.binary(max_size=40))
def test_any_options_in_any_order(served: Served, flags: int, options: list[tuple[int, bytes]], rest: bytes) -> None:
    say(served, struct.pack(">I", flags), *(option(*each) for each in options), rest)
    still_serves(served)


@PATIENCE
@given(st.booleans(), st.lists(REQUESTS, max_size=6), st.binary(max_size=40))
def test_any_requests(served: Served, structured: bool, requests: list[tuple[int, ...]], rest: bytes) -> None:
    name = served.name.encode()
    asked = [words.HEAD.pack(words.REQUEST, *each) for each in requests]
    hand = [option(words.OPT_STRUCTURED_REPLY, b"")] * structured
    go = option(words.OPT_GO, struct.pack(">I", len(name)) + name + b"\0\0")
    say(served, struct.pack(">I", 3), *hand, go, *asked, rest)
    still_serves(served)


@pytest.mark.parametrize(
    "rude",
    [
        words.OPTION_HEAD.pack(words.IHAVEOPT, words.OPT_GO, 2**32 - 1),
        option(words.OPT_LIST, b"") * 1000,
        option(words.OPT_GO, b"\xff\xff\xff\xff"),
        option(words.OPT_EXPORT_NAME, b"\xff" * 100),
        option(words.OPT_SET_META_CONTEXT, b"\0\0\0\0" + b"\xff\xff\xff\xff"),
        option(8, b"") + option(words.OPT_SET_META_CONTEXT, b"\0\0\0\0\x7f\xff\xff\xff" + b"\0" * 99),
        b"\0" * 10_000,
    ],
)
def test_rude_clients_are_left(served: Served, rude: bytes) -> None:
    say(served, struct.pack(">I", 3), rude)
    still_serves(served)


def test_who_says_nothing_is_left_after_a_while(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pileus.chunks.host.nbd.session.HURRY", 0.3)
    with client(served) as one:
        heard(one, 18)
        assert one.recv(1) == b""


def test_a_write_that_would_never_end_ends_the_session(served: Served) -> None:
    with client(served) as one:
        hello(one, served)
        one.sendall(words.HEAD.pack(words.REQUEST, 0, words.CMD_WRITE, 1, 0, 2**32 - 1))
        assert one.recv(1) == b""
    still_serves(served)
