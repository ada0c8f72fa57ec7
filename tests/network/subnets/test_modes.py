"""How guests learn their IPv6 address."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from pileus.kernel.errors import Invalid
from pileus.network.subnets.modes import by_mac, check_dhcp, check_modes, is_by_mac

SIX = ip_network("2001:db8::/64")


def test_modes_that_are_both_given_are_the_same() -> None:
    for mode in ("slaac", "dhcpv6-stateful", "dhcpv6-stateless"):
        check_modes(SIX, mode, mode, True)
        check_modes(SIX, None, mode, True)
    with pytest.raises(Invalid):
        check_modes(SIX, "slaac", "dhcpv6-stateful", True)


def test_modes_want_ipv6_dhcp_and_room_for_a_mac() -> None:
    with pytest.raises(Invalid):
        check_modes(ip_network("10.0.0.0/24"), None, "slaac", True)
    with pytest.raises(Invalid):
        check_modes(SIX, None, "slaac", False)
    with pytest.raises(Invalid):
        check_modes(ip_network("2001:db8::/96"), None, "slaac", True)
    check_modes(ip_network("2001:db8::/96"), None, "dhcpv6-stateful", True)


def test_a_tiny_range_cannot_be_served() -> None:
    check_dhcp(ip_network("10.0.0.0/30"))
    with pytest.raises(Invalid):
        check_dhcp(ip_network("10.0.0.0/31"))


def test_a_card_makes_its_address_from_its_mac() -> None:
    assert by_mac("2001:db8::/64", "fa:16:3e:00:00:01") == "2001:db8::f816:3eff:fe00:1"
    assert is_by_mac({"ipv6_address_mode": "slaac"})
    assert not is_by_mac({"ipv6_address_mode": "dhcpv6-stateful"})
    assert not is_by_mac({"ipv6_address_mode": None})
