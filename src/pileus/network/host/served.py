"""What of a network is served by its host, and from which address; pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from pileus.network.host.spec import Network, Subnet


def is_served(subnet: Subnet) -> bool:
    """Whether guests of a subnet hear their address from the host."""
    return subnet.dhcp and (subnet.ipv6 is not None or ipaddress.ip_network(subnet.cidr, strict=False).version == 4)


def service_address(network: Network, subnet: Subnet) -> str | None:
    """The host's own address in a subnet, if it has one."""
    cidr = ipaddress.ip_network(subnet.cidr, strict=False)
    return next((text for text in network.service_addresses if ipaddress.ip_address(text) in cidr), None)


def own_addresses(network: Network) -> Mapping[str, int]:
    """The addresses the host holds on a network, with the length of their subnet's prefix."""
    held = {}
    for subnet in network.subnets:
        cidr = ipaddress.ip_network(subnet.cidr, strict=False)
        gateway = (subnet.gateway,) if network.gateway_here and subnet.gateway else ()
        for text in (*network.service_addresses, *gateway):
            address = ipaddress.ip_address(text)
            if address in cidr:
                held[str(address)] = cidr.prefixlen
    return held
