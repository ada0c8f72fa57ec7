"""Subnets cut from a stock of addresses."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pileus.kernel.errors import Conflict, Invalid
from pileus.network.subnetpools.cutting import check_free, check_lengths, cut, prefixes_of


def test_the_first_free_piece_is_cut() -> None:
    assert cut(["10.0.0.0/16"], [], 24) == "10.0.0.0/24"
    assert cut(["10.0.0.0/16"], ["10.0.0.0/24", "10.0.2.0/24"], 24) == "10.0.1.0/24"
    assert cut(["10.0.0.0/16"], ["10.0.0.0/28"], 24) == "10.0.1.0/24"
    assert cut(["10.1.0.0/24", "10.0.0.0/25"], [], 24) == "10.1.0.0/24"
    assert cut(["2001:db8::/48"], ["2001:db8::/64"], 64) == "2001:db8:0:1::/64"


def test_a_stock_ends() -> None:
    with pytest.raises(Conflict):
        cut(["10.0.0.0/24"], ["10.0.0.0/25", "10.0.0.128/25"], 26)
    with pytest.raises(Conflict):
        cut(["10.0.0.0/24"], [], 16)


def test_a_chosen_piece_is_in_the_stock_and_free() -> None:
    check_free(["10.0.0.0/16"], ["10.0.1.0/24"], "10.0.2.0/24")
    for cidr in ("10.1.0.0/24", "10.0.1.128/25", "10.0.0.0/16", "10.0.0.0/8"):
        with pytest.raises(Conflict):
            check_free(["10.0.0.0/16"], ["10.0.1.0/24"], cidr)


def test_prefixes_are_of_one_family_and_joined() -> None:
    assert [str(one) for one in prefixes_of(["10.0.1.0/24", "10.0.0.0/24"])] == ["10.0.0.0/23"]
    with pytest.raises(Invalid):
        prefixes_of(["10.0.0.0/8", "2001:db8::/32"])


def test_lengths_follow_each_other() -> None:
    check_lengths(8, 24, 32, 4)
    for least, usual, most, version in (
        (24, 8, 32, 4),
        (8, 30, 28, 4),
        (8, 24, 33, 4),
        (0, 24, 32, 4),
        (64, 64, 129, 6),
    ):
        with pytest.raises(Invalid):
            check_lengths(least, usual, most, version)


@settings(max_examples=50)
@given(st.lists(st.integers(24, 30), max_size=20))
def test_pieces_never_overlap(lengths: list[int]) -> None:
    taken: list[str] = []
    for length in lengths:
        try:
            taken.append(cut(["10.0.0.0/22"], taken, length))
        except Conflict:
            break
    found = [ip_network(one) for one in taken]
    assert not any(one.overlaps(other) for at, one in enumerate(found) for other in found[:at])
    assert all(one.subnet_of(ip_network("10.0.0.0/22")) for one in found)  # type: ignore[arg-type]
