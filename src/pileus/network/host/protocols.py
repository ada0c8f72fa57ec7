"""The IP protocols a security group rule may name, and their numbers (IANA's registry)."""

from __future__ import annotations

NUMBERS = {
    "ah": 51,
    "dccp": 33,
    "egp": 8,
    "esp": 50,
    "gre": 47,
    "icmp": 1,
    "icmpv6": 58,
    "igmp": 2,
    "ipip": 4,
    "ipv6-encap": 41,
    "ipv6-frag": 44,
    "ipv6-icmp": 58,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "ipv6-route": 43,
    "ospf": 89,
    "pgm": 113,
    "rsvp": 46,
    "sctp": 132,
    "tcp": 6,
    "udp": 17,
    "udplite": 136,
    "vrrp": 112,
}

PORTED = frozenset({6, 17, 33, 132, 136})
"""Those whose header begins with a source and a destination port."""


def number_of(protocol: str | None, family: str) -> int | None:
    """The protocol's number, or None if it has none (`icmp` of IPv6 is ICMPv6)."""
    if protocol is None:
        return None
    name = protocol.lower()
    if name.isascii() and name.isdigit() and len(name) <= 3:
        number = int(name) if int(name) <= 255 else None
    else:
        number = NUMBERS.get(name)
    return 58 if number == 1 and family == "IPv6" else number
