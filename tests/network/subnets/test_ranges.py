"""The arithmetic of subnets."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pileus.kernel.errors import Conflict, Invalid
from pileus.network.subnets.ranges import (
    check_gateway,
    check_gateway_free,
    check_pools,
    default_pools,
    gateway_of,
    pools_as_text,
    range_of,
)


@pytest.mark.parametrize(
    "cidr", ["0.0.0.0/0", "224.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/0", "::1/128", "ff00::/8"]
)
def test_no_guest_can_live_everywhere(cidr: str) -> None:
    with pytest.raises(Invalid):
        range_of(cidr, None)


def test_a_range_is_of_the_family_it_is_said_to_be() -> None:
    assert range_of("10.0.0.0/24", 4).version == 4
    with pytest.raises(Invalid):
        range_of("10.0.0.0/24", 6)


@pytest.mark.parametrize(
    ("cidr", "gateway", "pools"),
    [
        ("10.0.0.0/24", "10.0.0.1", [("10.0.0.2", "10.0.0.254")]),
        ("10.0.0.0/24", None, [("10.0.0.1", "10.0.0.254")]),
        ("10.0.0.0/29", "10.0.0.3", [("10.0.0.1", "10.0.0.2"), ("10.0.0.4", "10.0.0.6")]),
        ("10.0.0.0/24", "192.168.0.1", [("10.0.0.1", "10.0.0.254")]),
        ("10.0.0.0/31", "10.0.0.0", [("10.0.0.1", "10.0.0.1")]),
        ("10.0.0.0/32", "10.0.0.0", []),
        ("2001:db8::/64", "2001:db8::1", [("2001:db8::2", "2001:db8::ffff:ffff:ffff:ffff")]),
    ],
)
def test_all_hosts_addresses_are_handed_out_but_the_gateways(
    cidr: str, gateway: str | None, pools: list[tuple[str, str]]
) -> None:
    subnet = ip_network(cidr)
    found = pools_as_text(subnet, default_pools(subnet, gateway))
    assert found == [{"start": start, "end": end} for start, end in pools]


def test_the_gateway_is_the_first_host() -> None:
    assert gateway_of(ip_network("10.1.0.0/16")) == "10.1.0.1"
    assert gateway_of(ip_network("2001:db8::/64")) == "2001:db8::1"


@pytest.mark.parametrize("gateway", ["10.0.0.0", "10.0.0.255", "2001:db8::1"])
def test_some_addresses_cannot_be_a_gateway(gateway: str) -> None:
    with pytest.raises(Invalid):
        check_gateway(ip_network("10.0.0.0/24"), gateway)


@pytest.mark.parametrize(
    ("pools", "refusal"),
    [
        ([("10.0.0.9", "10.0.0.2")], Invalid),
        ([("10.0.0.2", "10.0.1.2")], Invalid),
        ([("10.0.0.0", "10.0.0.2")], Invalid),
        ([("2001:db8::1", "2001:db8::2")], Invalid),
        ([("10.0.0.2", "10.0.0.9"), ("10.0.0.9", "10.0.0.12")], Conflict),
    ],
)
def test_pools_lie_in_the_subnet_and_apart(pools: list[tuple[str, str]], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_pools(ip_network("10.0.0.0/24"), pools)


def test_no_pool_hands_out_the_gateway() -> None:
    subnet = ip_network("10.0.0.0/24")
    spans = check_pools(subnet, [("10.0.0.1", "10.0.0.9")])
    with pytest.raises(Conflict, match=r"10\.0\.0\.1-10\.0\.0\.9"):
        check_gateway_free(subnet, "10.0.0.1", spans)
    check_gateway_free(subnet, "10.0.0.10", spans)
    check_gateway_free(subnet, None, spans)


@given(st.integers(8, 30), st.integers(0, 2**24 - 1))
def test_default_pools_are_sound_and_leave_the_gateway_out(length: int, host: int) -> None:
    subnet = ip_network(f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}/{length}", strict=False)
    gateway = gateway_of(subnet)
    spans = default_pools(subnet, gateway)
    texts = pools_as_text(subnet, spans)
    assert check_pools(subnet, [(one["start"], one["end"]) for one in texts]) == spans
    check_gateway_free(subnet, gateway, spans)
    assert sum(last - first + 1 for first, last in spans) == subnet.num_addresses - 3
