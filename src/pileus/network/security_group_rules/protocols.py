"""The IP protocols a security group rule may name (IANA's numbers); hosts know the same ones."""

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
"""Those whose packets carry ports."""

ICMP = frozenset({1, 58})
"""Those whose packets carry a type and a code instead."""


def number_of(name: str | None, family: str) -> int | None:
    """A protocol's number by its name or number, or None if there is none; ICMP of IPv6 has a number of its own."""
    if name is None:
        return None
    plain = name.isascii() and name.isdigit() and len(name) <= 3
    number = int(name) if plain else NUMBERS.get(name)
    if number is None or number > 255:
        return None
    return 58 if number == 1 and family == "IPv6" else number
