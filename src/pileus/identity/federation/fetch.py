"""Ask another server for JSON, with bounds on time and size; redirects are not followed.

Every address comes from the operator, or from a document at an address the operator named.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from pileus.kernel.errors import Unauthorized, Unavailable

SECONDS = 10.0
"""For the whole answer; each wait for bytes has half of it."""
MOST = 1 << 20
_PIECE = 1 << 14


class _Stay(urllib.request.HTTPRedirectHandler):
    """An answer that sends elsewhere is a failure."""

    def redirect_request(self, *_: Any) -> None:
        """Nowhere."""


_OPENER = urllib.request.OpenerDirector()
for _handler in (
    urllib.request.HTTPHandler,
    urllib.request.HTTPSHandler,
    urllib.request.HTTPErrorProcessor,
    urllib.request.HTTPDefaultErrorHandler,
    _Stay,
):
    _OPENER.add_handler(_handler())


def fetch(url: str, *, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None) -> Any:
    """The JSON at an address (with a form: the answer to it).

    Raises Unauthorized where the server refuses, Unavailable where it cannot be reached or does not answer well.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise Unavailable("The identity provider cannot be reached.", f"{url} is no address of HTTP")
    content = urlencode(form).encode() if form is not None else None
    asked = urllib.request.Request(url, content, {"accept": "application/json", **(headers or {})})
    try:
        return msgspec.json.decode(_whole(asked))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (400, 401, 403):
            raise Unauthorized("The identity provider refuses.", f"{url} answered {error.code}") from error
        raise Unavailable("The identity provider does not answer well.", f"{url} answered {error.code}") from error
    except (OSError, HTTPException, ValueError, msgspec.MsgspecError) as error:
        raise Unavailable("The identity provider cannot be reached.", f"{url}: {error}") from error


def _whole(asked: urllib.request.Request) -> bytes:
    deadline = time.monotonic() + SECONDS
    with _OPENER.open(asked, timeout=SECONDS / 2) as answer:
        found = bytearray()
        while piece := answer.read1(_PIECE):
            found += piece
            if len(found) > MOST or time.monotonic() > deadline:
                raise OSError(f"more than {MOST} bytes or {SECONDS} seconds")
        return bytes(found)
