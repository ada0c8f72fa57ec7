"""Protocols by name and by number."""

from __future__ import annotations

import pytest

from pileus.network.host.protocols import number_of


@pytest.mark.parametrize(
    ("name", "family", "number"),
    [
        ("tcp", "IPv4", 6),
        ("TCP", "IPv4", 6),
        ("icmp", "IPv4", 1),
        ("icmp", "IPv6", 58),
        ("1", "IPv6", 58),
        ("0", "IPv4", 0),
        ("255", "IPv4", 255),
        ("256", "IPv4", None),
        ("²", "IPv4", None),
        ("", "IPv4", None),
        (None, "IPv4", None),
    ],
)
def test_a_protocol_has_one_number_or_none(name: str | None, family: str, number: int | None) -> None:
    assert number_of(name, family) == number
