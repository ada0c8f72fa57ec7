"""What of a network its host serves."""

from __future__ import annotations

from pileus.network.host.served import is_served, own_addresses, service_address
from tests.network.host.specs import network, subnet

SIX = subnet(2, "fd00::/64", "fd00::1", ipv6="slaac")


def test_ipv4_with_dhcp_is_served_and_ipv6_only_when_told_how() -> None:
    assert is_served(subnet())
    assert not is_served(subnet(dhcp=False))
    assert is_served(SIX)
    assert not is_served(subnet(2, "fd00::/64", None))


def test_the_host_holds_its_service_addresses_and_the_gateways_it_answers_for() -> None:
    both = network(subnets=(subnet(), SIX), service_addresses=("10.1.0.2", "fd00::2"))
    assert own_addresses(both) == {"10.1.0.2": 24, "fd00::2": 64}
    here = network(subnets=(subnet(), SIX), service_addresses=("10.1.0.2",), gateway_here=True)
    assert own_addresses(here) == {"10.1.0.2": 24, "10.1.0.1": 24, "fd00::1": 64}
    assert service_address(both, SIX) == "fd00::2"
    assert service_address(network(service_addresses=()), subnet()) is None
