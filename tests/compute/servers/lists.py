"""Lists of servers, as tests compare them."""

from __future__ import annotations

from typing import Any

from tests.toy import Caller


def names(who: Caller, version: str = "2.73", **query: Any) -> list[str]:
    """The names a list holds, in its order."""
    heard = who.compute.at(version)("GET /servers/detail", **query)
    assert heard.code == 200, heard.content
    return [one["name"] for one in heard.body["servers"]]
