"""The protocols a security group rule may name."""

from __future__ import annotations

from pileus.network.host import protocols as of_hosts
from pileus.network.security_group_rules import protocols


def test_a_protocol_is_known_by_name_and_number() -> None:
    assert protocols.number_of("tcp", "IPv4") == protocols.number_of("6", "IPv4") == 6
    assert protocols.number_of("icmp", "IPv4") == 1
    assert protocols.number_of("icmp", "IPv6") == protocols.number_of("1", "IPv6") == 58
    assert protocols.number_of(None, "IPv4") is None


def test_hosts_know_the_same_protocols() -> None:
    assert protocols.NUMBERS == of_hosts.NUMBERS
    assert protocols.PORTED == of_hosts.PORTED
    for name in (None, "tcp", "icmp", "6", "0", "300", "-1", "nothing", "\u0661"):
        for family in ("IPv4", "IPv6"):
            assert protocols.number_of(name, family) == of_hosts.number_of(name, family)
