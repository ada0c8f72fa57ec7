"""Which addresses a port is to have."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.kernel.errors import Invalid
from pileus.network.ports.claims import Wish, claims

MAC = "fa:16:3e:00:00:01"


def subnet(id: str, cidr: str, mode: str | None = None) -> dict[str, Any]:
    """A subnet's row, as far as it matters here."""
    return {"id": id, "cidr": cidr, "ip_version": 6 if ":" in cidr else 4, "ipv6_address_mode": mode}


FOUR, OTHER = subnet("a", "10.0.0.0/24"), subnet("b", "10.0.1.0/24")
SIX, SLAAC = subnet("c", "2001:db8:1::/64"), subnet("d", "2001:db8:2::/64", "slaac")
BY_MAC = "2001:db8:2:0:f816:3eff:fe00:1"


def told(subnets: list[Any], asked: list[Wish] | None) -> list[tuple[str, str | None]]:
    """Claims as the identifiers of the subnets that may serve them, and the address."""
    return [("".join(one["id"] for one in claim.subnets), claim.address) for claim in claims("n", subnets, MAC, asked)]


def test_a_port_has_one_address_of_each_family_and_those_its_mac_makes() -> None:
    assert told([], None) == []
    assert told([FOUR, OTHER], None) == [("ab", None)]
    assert told([FOUR, SIX, SLAAC], None) == [("a", None), ("c", None), ("d", BY_MAC)]


def test_a_port_has_what_it_asks_for_and_what_its_mac_makes() -> None:
    assert told([FOUR, OTHER, SLAAC], []) == [("d", BY_MAC)]
    assert told([FOUR, OTHER], [Wish("b")]) == [("b", None)]
    assert told([FOUR, OTHER], [Wish(None, "10.0.1.7")]) == [("b", "10.0.1.7")]
    assert told([FOUR, SLAAC], [Wish("d")]) == [("d", BY_MAC)]
    assert told([FOUR, SLAAC], [Wish("d", BY_MAC)]) == [("d", BY_MAC)]


@pytest.mark.parametrize(
    "asked",
    [
        [Wish()],
        [Wish("z")],
        [Wish(None, "10.9.0.1")],
        [Wish("a", "10.0.1.7")],
        [Wish("a", "10.0.0.0")],
        [Wish("a", "10.0.0.255")],
        [Wish("d", "2001:db8:2::5")],
        [Wish(None, "10.0.0.7"), Wish("a", "10.0.0.7")],
        [Wish("a")] * 6,
    ],
)
def test_what_cannot_be_had_is_refused(asked: list[Wish]) -> None:
    with pytest.raises(Invalid):
        claims("n", [FOUR, OTHER, SLAAC], MAC, asked)
