"""Lists of servers, as tests compare them."""

from __future__ import annotations

from typing import Any

from tests.toy import Caller, Toy

EVERYBODY = ["three", "two", "one"]


def names(who: Caller, version: str = "2.73", **query: Any) -> list[str]:
    """The names a list holds, in its order."""
    heard = who.compute.at(version)("GET /servers/detail", **query)
    assert heard.code == 200, heard.content
    return [one["name"] for one in heard.body["servers"]]


def with_servers(toy: Toy) -> Caller:
    """Somebody with three servers, made a second apart, the middle one stopped and tagged."""
    found = toy.member("alice")
    for name in ("one", "two", "three"):
        found.boot(name)
        toy.settle()
        toy.settle(seconds=1)
    (two,) = [one["id"] for one in found.compute("GET /servers").body["servers"] if one["name"] == "two"]
    found.act(two, os_stop=None)
    found.compute.at("2.26")(f"PUT /servers/{two}/tags", {"tags": ["Blue", "cold"]})
    found.compute(f"PUT /servers/{two}", {"server": {"accessIPv4": "192.0.2.9"}})
    found.act(two, lock=None)
    toy.settle()
    return found
