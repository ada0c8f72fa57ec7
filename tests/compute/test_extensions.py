"""Extensions: a list kept for older clients."""

from __future__ import annotations

from tests.toy import Toy


def test_what_is_listed_can_be_shown(toy: Toy) -> None:
    ask = toy.member("alice").compute
    listed = ask("GET /extensions").body["extensions"]
    assert "os-keypairs" in [one["alias"] for one in listed]
    assert ask("GET /extensions/os-keypairs").body["extension"] in listed


def test_an_extension_there_never_was_is_not_found(toy: Toy) -> None:
    assert toy.member("alice").compute("GET /extensions/os-time-travel").code == 404
