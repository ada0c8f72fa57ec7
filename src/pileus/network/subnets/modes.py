"""How guests of a subnet learn their addresses: DHCP, router advertisements, or neither; pure."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_network
from typing import Any

from pileus.network.subnets.ranges import Range, invalid

_BY_MAC = ("slaac", "dhcpv6-stateless")


def check_modes(subnet: Range, ra_mode: str | None, address_mode: str | None, dhcp: bool) -> None:
    """Raise Invalid for modes that contradict the family, each other, or the subnet's size."""
    for name, mode in (("ipv6_ra_mode", ra_mode), ("ipv6_address_mode", address_mode)):
        if mode is not None and subnet.version == 4:
            raise invalid(f"{name} is not valid when ip_version is 4.")
    if (ra_mode or address_mode) and not dhcp:
        raise invalid("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False.")
    if ra_mode and address_mode and ra_mode != address_mode:
        said = f"ipv6_ra_mode set to '{ra_mode}' with ipv6_address_mode set to '{address_mode}' is not valid. "
        raise invalid(said + "If both attributes are set, they must be the same value.")
    if (ra_mode in _BY_MAC or address_mode in _BY_MAC) and subnet.prefixlen != 64:
        raise invalid(f"Invalid CIDR {subnet} for IPv6 address mode: EUI-64 addresses require the prefix to be /64.")


def check_dhcp(subnet: Range) -> None:
    """Raise Invalid for a range too small to serve."""
    if subnet.max_prefixlen - subnet.prefixlen < 2:
        raise invalid("Subnet has a prefix length that is incompatible with DHCP service enabled.")


def is_by_mac(subnet: Mapping[str, Any]) -> bool:
    """Whether guests make their address themselves, from their MAC."""
    return subnet["ipv6_address_mode"] in _BY_MAC


def by_mac(cidr: str, mac: str) -> str:
    """The address a card gives itself in a /64: modified EUI-64 (RFC 4291, appendix A)."""
    parts = [int(part, 16) for part in mac.split(":")]
    parts[0] ^= 2
    suffix = int.from_bytes(bytes([*parts[:3], 0xFF, 0xFE, *parts[3:]]), "big")
    return str(IPv6Address(int(ip_network(cidr).network_address) | suffix))
