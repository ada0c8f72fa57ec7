"""Fetch an image from the web: from checked addresses only, redirect by redirect, bounded in size and time.

Every hop's name is resolved anew, each of its addresses checked, and the connection made to a checked one: there is no
second look-up that a name could answer otherwise.  A peer that dribbles is given up.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urljoin

from pileus.image.addresses import Place, place_of, resolved
from pileus.image.imports.jobs import Jobs
from pileus.image.settings import ImageSettings
from pileus.kernel.clock import Clock
from pileus.kernel.errors import Invalid, TooLarge

HOPS = 5
"""Redirects that are followed."""

SILENCE = 30.0
"""Seconds without a byte, or until the whole head of an answer is there, after which a peer is given up."""

SLOWEST = 1024.0
"""Bytes a second, counted from `GRACE` seconds on: a slower peer is given up."""

GRACE = 60.0

BATCH = 1 << 20

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "pileus-image-import", "Connection": "close"}


@dataclass(frozen=True)
class Web:
    """What a fetch is bounded and ended by."""

    settings: ImageSettings
    clock: Clock
    jobs: Jobs
    headers: Mapping[str, str] = field(default_factory=dict)
    """What this peer, and no other that it might lead to, is told."""


def fetch(web: Web, uri: str, put: Callable[[bytes], None]) -> None:
    """Hand the bytes of a URI to `put`, batch by batch; raises Invalid, TooLarge."""
    place, base = place_of(uri, web.settings), uri
    for _ in range(HOPS + 1):
        with _answer(place, web) as answer:
            if answer.status not in _REDIRECTS:
                return _read(web, answer, put)
            if web.headers:
                raise Invalid("The service leads elsewhere; what it was told is for nobody else.")
            base = urljoin(base, answer.headers.get("Location", ""))
        then = place_of(base, web.settings)
        if place.scheme == "https" and then.scheme == "http":
            raise Invalid("The URI leads from https to http.")
        place = then
    raise Invalid(f"The URI leads on more than {HOPS} times.")


@contextmanager
def _answer(place: Place, web: Web) -> Iterator[http.client.HTTPResponse]:
    """The answer of a place, its head read within the time it has."""
    way = _connection(place, resolved(place, web.settings))
    try:
        way.connect()
        with web.jobs.minding(way.sock):
            with _within(SILENCE, way.sock):
                _ask(way, place, web.headers)
                answer = way.getresponse()
            with answer:  # which has the socket from now on
                yield answer
    except (OSError, http.client.HTTPException) as error:
        raise Invalid("The URI could not be fetched.", f"{place.host}: {error!r}") from error
    finally:
        way.close()


def _ask(way: http.client.HTTPConnection, place: Place, headers: Mapping[str, str]) -> None:
    way.putrequest("GET", place.path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": place.header, **_HEADERS, **headers}.items():
        way.putheader(name, value)
    way.endheaders()


def _connection(place: Place, addresses: Sequence[str]) -> http.client.HTTPConnection:
    """A connection to the first of some checked addresses that answers; it speaks to the host of that name."""
    secure = ssl.create_default_context() if place.scheme == "https" else None
    way = http.client.HTTPConnection(place.host, place.port, timeout=SILENCE)

    def connect() -> None:
        plain = _first(addresses, place.port)
        way.sock = secure.wrap_socket(plain, server_hostname=place.host) if secure else plain

    way.connect = connect  # type: ignore[method-assign]
    return way


def _first(addresses: Sequence[str], port: int) -> socket.socket:
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), SILENCE)
    return socket.create_connection((addresses[-1], port), SILENCE)


@contextmanager
def _within(seconds: float, door: socket.socket) -> Iterator[None]:
    """End a connection that takes longer for something, however busy it looks."""

    def end() -> None:
        try:
            door.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(web: Web, answer: http.client.HTTPResponse, put: Callable[[bytes], None]) -> None:
    """The body of an answer; raises Invalid for one that is none, comes short or too slowly, and TooLarge."""
    if answer.status != 200 or answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Invalid(f"The URI is answered with {answer.status}, not with an image.")
    settings, expected = web.settings, answer.length
    if expected is not None and expected > settings.most_bytes:
        raise TooLarge(f"The image is larger than {settings.most_bytes} bytes.")
    began, size = web.clock.monotonic(), 0
    while piece := answer.read1(BATCH):
        size += len(piece)
        passed = web.clock.monotonic() - began
        if size > settings.most_bytes:
            raise TooLarge(f"The image is larger than {settings.most_bytes} bytes.")
        if passed > settings.web_download_seconds or (passed > GRACE and size < passed * SLOWEST):
            raise Invalid("The URI gives its bytes too slowly.")
        put(piece)
    if expected is not None and size != expected:
        raise Invalid(f"The URI promised {expected} bytes and gave {size}.")
