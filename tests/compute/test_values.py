"""The Compute API's own kinds of value."""

from __future__ import annotations

import pytest

from pileus.compute.values import Clean, IPv4, IPv6, PlainText


def test_a_name_is_kept_without_white_space_at_its_ends() -> None:
    assert Clean.read("  web 1 ") == "web 1"


@pytest.mark.parametrize("wrong", ["", " ", "x" * 256, "line\nbreak", "\x00", 7, None])
def test_what_is_no_name_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        Clean.read(wrong)


def test_plain_text_may_be_empty_but_not_endless() -> None:
    assert PlainText.read("") == ""
    for wrong in ("x" * 256, "\t", None):
        with pytest.raises(ValueError, match=r"."):
            PlainText.read(wrong)


def test_addresses_are_of_their_family() -> None:
    assert IPv4.read("10.0.0.1") == "10.0.0.1"
    assert IPv6.read("FE80::1") == "fe80::1"
    for kind, wrong in ((IPv4, "::1"), (IPv6, "10.0.0.1"), (IPv4, 7), (IPv4, None)):
        with pytest.raises(ValueError, match=r"."):
            kind.read(wrong)
