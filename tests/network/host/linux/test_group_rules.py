"""Security group rules in the words of nftables."""

from __future__ import annotations

import pytest

from pileus.network.host.linux.group_rules import bags_of_members, ranged, rules_of
from pileus.network.host.spec import Rule
from tests.network.host.specs import group

THERE = group(9).id
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (Rule("ingress"), "meta nfproto ipv4 accept"),
        (Rule("ingress", "IPv6", remote_cidr="::/0"), "meta nfproto ipv6 accept"),
        (Rule("ingress", remote_cidr="10.1.0.7"), "ip saddr 10.1.0.7/32 accept"),
        (Rule("ingress", protocol="tcp"), "meta nfproto ipv4 meta l4proto 6 accept"),
        (Rule("ingress", protocol="0"), "meta nfproto ipv4 accept"),
        (Rule("ingress", protocol="udp", low=1, high=9), "meta nfproto ipv4 meta l4proto 17 th dport 1-9 accept"),
        (Rule("ingress", protocol="icmp", low=8, high=0), "meta nfproto ipv4 icmp type 8 icmp code 0 accept"),
        (Rule("ingress", "IPv6", protocol="icmp", low=128), "meta nfproto ipv6 icmpv6 type 128 accept"),
        (Rule("ingress", "IPv6", remote_group=THERE), "ip6 saddr @members6_60000009-00 accept"),
    ],
)
def test_a_rule_is_one_line(rule: Rule, line: str) -> None:
    ingress, egress = rules_of((rule,), NONE)
    assert ingress.rules == (line,)
    assert egress.rules == ()


def test_egress_looks_at_the_far_end_and_goes_on() -> None:
    _, egress = rules_of((Rule("egress", remote_cidr="10.0.0.0/8"),), NONE)
    assert egress.rules == ("ip daddr 10.0.0.0/8 goto pass",)


def test_equal_lines_are_said_once() -> None:
    twice = (Rule("ingress"), Rule("ingress", remote_cidr="0.0.0.0/0"))
    assert len(rules_of(twice, NONE)[0].rules) == 1


def test_members_lie_in_hashes_and_ranges_apart() -> None:
    members = ("10.1.0.1", "10.1.0.2/32", "fd00::1", "10.2.0.0/25", "10.2.0.128/25")
    bags = bags_of_members([group(9, Rule("ingress", remote_group=THERE), members=members)])
    assert {name: set(bag.elements) for name, bag in bags.items()} == {
        "members4_60000009-00": {"10.1.0.1", "10.1.0.2"},
        "members6_60000009-00": {"fd00::1"},
        "ranges4_60000009-00": {"10.2.0.0/24"},
    }


def test_a_group_with_ranges_takes_a_second_line_where_it_is_named() -> None:
    naming = Rule("ingress", remote_group=THERE)
    with_ranges = ranged(bags_of_members([group(9, naming, members=("10.2.0.0/24",))]))
    ingress, _ = rules_of((naming,), with_ranges)
    assert ingress.rules == ("ip saddr @members4_60000009-00 accept", "ip saddr @ranges4_60000009-00 accept")


def test_a_group_that_nobody_names_takes_no_set() -> None:
    assert bags_of_members([group(9, members=("10.1.0.1",))]) == {}


def test_a_group_that_is_only_named_has_sets_without_members() -> None:
    bags = bags_of_members([group(1, Rule("ingress", remote_group=THERE))])
    assert bags["members4_60000009-00"].elements == frozenset()
