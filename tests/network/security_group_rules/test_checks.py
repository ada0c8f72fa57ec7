"""What a security group rule may say, and which rules say the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pileus.kernel.errors import Invalid
from pileus.network.security_group_rules.checks import canonical, meaning


def rule(**words: Any) -> Any:
    """A rule as it was asked for."""
    base = {
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": None,
        "port_range_min": None,
        "port_range_max": None,
        "remote_group_id": None,
        "remote_ip_prefix": None,
    }
    return SimpleNamespace(**{**base, **words})


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ({"protocol": "TCP", "port_range_min": 22, "port_range_max": 22}, {"protocol": "tcp", "port_range_min": 22}),
        ({"protocol": 17}, {"protocol": "17"}),
        ({"protocol": "any"}, {"protocol": None}),
        ({"protocol": 0}, {"protocol": "0"}),
        ({"protocol": "icmp", "ethertype": "IPv6"}, {"protocol": "ipv6-icmp"}),
        ({"protocol": "1", "ethertype": "IPv6"}, {"protocol": "58"}),
        ({"protocol": "icmp", "port_range_min": 8, "port_range_max": 0}, {"port_range_max": 0}),
        ({"protocol": "icmp", "port_range_min": 8}, {"port_range_max": None}),
        ({"ethertype": "ipv6"}, {"ethertype": "IPv6"}),
        ({"remote_ip_prefix": "10.1.2.3"}, {"remote_ip_prefix": "10.1.2.3/32", "normalized_cidr": "10.1.2.3/32"}),
        ({"remote_ip_prefix": "10.1.2.3/8"}, {"remote_ip_prefix": "10.1.2.3/8", "normalized_cidr": "10.0.0.0/8"}),
        ({"remote_group_id": ""}, {"remote_group_id": None}),
    ],
)
def test_a_rule_is_kept_in_its_plain_form(words: dict[str, Any], kept: dict[str, Any]) -> None:
    found = canonical(rule(**words))
    assert {name: found[name] for name in kept} == kept


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"ethertype": "bad_ethertype"}, "ethertype"),
        ({"direction": "sideways"}, "direction"),
        ({"protocol": "bad_protocol_name"}, "protocol"),
        ({"protocol": 256}, "protocol"),
        ({"protocol": -1}, "protocol"),
        ({"protocol": "ipv6-icmp"}, "ethertype"),
        ({"port_range_min": 1, "port_range_max": 2}, "protocol"),
        ({"protocol": "gre", "port_range_min": 1, "port_range_max": 2}, "port range"),
        ({"protocol": "tcp", "port_range_min": -16, "port_range_max": 80}, "Invalid value for port -16"),
        ({"protocol": "tcp", "port_range_min": 80, "port_range_max": 79}, "port_range_min must be <= port_range_max"),
        ({"protocol": "tcp", "port_range_min": 80, "port_range_max": 65536}, "Invalid value for port 65536"),
        ({"protocol": "tcp", "port_range_max": 6}, "port_range_min must be <= port_range_max"),
        ({"protocol": "icmp", "port_range_min": 1, "port_range_max": 256}, "Invalid value for ICMP code"),
        ({"protocol": "icmp", "port_range_min": 300, "port_range_max": 1}, "Invalid value for ICMP type"),
        ({"protocol": "icmp", "port_range_max": 6}, r"ICMP type \(port-range-min\) is missing"),
        ({"remote_ip_prefix": "192.168.1./24"}, "remote_ip_prefix"),
        ({"remote_ip_prefix": "192.168.1.1/33"}, "remote_ip_prefix"),
        ({"remote_ip_prefix": "fe80::1%eth0", "ethertype": "IPv6"}, "remote_ip_prefix"),
        ({"remote_ip_prefix": "2001:db8::/64"}, "Conflicting value ethertype"),
        ({"remote_ip_prefix": "10.0.0.0/8", "remote_group_id": "g"}, "Only remote_ip_prefix or remote_group_id"),
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        canonical(rule(**words))


def test_rules_that_let_the_same_pass_mean_the_same() -> None:
    def means(**words: Any) -> Any:
        return meaning(canonical(rule(**words)))

    assert means(protocol="tcp") == means(protocol=6)
    assert means(remote_ip_prefix="0.0.0.0/0") == means()
    assert means(remote_ip_prefix="10.1.1.1/8") == means(remote_ip_prefix="10.0.0.0/8")
    assert means(protocol="tcp") != means(protocol="udp")
    assert means(direction="egress") != means()
    assert means(remote_group_id="g") != means()
