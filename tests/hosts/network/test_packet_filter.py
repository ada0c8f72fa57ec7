"""The packet filter takes every sound rule, and many small changes come to the same as one load of the whole."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pileus.network.host.layers import numbers_of, rules_of
from pileus.network.host.linux.packet_filter import PacketFilter, run
from pileus.network.host.linux.rendering import ruleset_of
from pileus.network.host.linux.ruleset import whole
from pileus.network.host.protocols import NUMBERS
from pileus.network.host.spec import Family, Group, Pair, Rule
from pileus.network.host.switch import Outside, Rules, Seen, SwitchFault
from pileus.network.host.wanted import sound
from tests.hosts.namespaces import Namespace
from tests.network.host.specs import group, ident, network, port, wanted

pytestmark = pytest.mark.hosts
OUTSIDE = Outside(uplink="up0", resolvers=("9.9.9.9",))
FAMILIES: st.SearchStrategy[Family] = st.sampled_from(["IPv4", "IPv6"])
FAR: dict[Family, list[str]] = {
    "IPv4": ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.7"],
    "IPv6": ["::/0", "fd00::/64", "fd00::7"],
}


@st.composite
def some_rule(draw: st.DrawFn) -> Rule:
    family = draw(FAMILIES)
    protocol = draw(st.sampled_from([None, *NUMBERS, "0", "1", "6", "254"]))
    low = high = None
    if protocol in ("tcp", "udp", "sctp", "dccp", "udplite", "6") and draw(st.booleans()):
        low, high = sorted(draw(st.tuples(st.integers(0, 65535), st.integers(0, 65535))))
    elif protocol in ("icmp", "icmpv6", "1") and draw(st.booleans()):
        low, high = draw(st.integers(0, 255)), draw(st.none() | st.integers(0, 255))
    far = draw(st.sampled_from([None, "cidr", "group"]))
    return Rule(
        draw(st.sampled_from(["ingress", "egress"])),
        family,
        protocol,
        low,
        high,
        draw(st.sampled_from(FAR[family])) if far == "cidr" else None,
        ident(0x60, draw(st.integers(1, 4))) if far == "group" else None,
    )


MEMBERS = st.lists(
    st.sampled_from(["10.1.0.11", "10.1.0.0/25", "10.1.0.128/25", "10.1.0.64/26", "fd00::1", "fd00::/64"])
)
PAIRS = st.lists(
    st.builds(
        Pair,
        st.sampled_from(["10.1.0.99", "10.1.0.96/28", "10.1.0.0/24", "0.0.0.0/0", "::/0", "fd00::/64", "fd00::9"]),
        st.sampled_from(["02:00:00:00:00:01", "02:00:00:00:00:99"]),
    )
)


@st.composite
def some_rules(draw: st.DrawFn) -> Rules:
    groups: list[Group] = []
    for number in draw(st.sets(st.integers(1, 3))):
        groups.append(group(number, *draw(st.lists(some_rule(), max_size=6)), members=tuple(draw(MEMBERS))))
    ports = [
        port(
            number,
            pairs=tuple(draw(PAIRS)),
            groups=tuple(group.id for group in groups if draw(st.booleans())),
            guarded=draw(st.sampled_from([True, True, False])),
        )
        for number in draw(st.sets(st.integers(1, 3)))
    ]
    all, flaws = sound(wanted(network(uplink=draw(st.booleans())), network(2), *ports, *groups), OUTSIDE)
    assert flaws == {}
    return rules_of(all, numbers_of(all, Seen()))


@pytest.fixture(scope="module")
def space() -> Iterator[Namespace]:
    space = Namespace()
    yield space
    space.end()


def listed(space: Namespace) -> dict[str, Any]:
    """What nftables hold, without handles and without the order of names."""
    found: dict[str, Any] = defaultdict(list)
    for item in json.loads(space.run("nft -j list ruleset"))["nftables"]:
        (kind, body), *_ = item.items()
        if kind == "rule":
            found[f"{body['table']} {body['chain']}"].append(body["expr"])
        elif kind in ("set", "map"):
            found[f"{body['table']} {body['name']}"] = sorted(map(str, body.get("elem", [])))
        elif kind == "chain":
            found[f"{body['table']} {body['name']}"]
    return dict(found)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(some_rules(), min_size=2, max_size=4))
def test_small_changes_come_to_the_same_as_the_whole(
    space: Namespace, caplog: pytest.LogCaptureFixture, turns: list[Rules]
) -> None:
    with space.entered():
        packet_filter = PacketFilter(OUTSIDE)
        for rules in turns:
            packet_filter.hold(rules)
            assert packet_filter.held() == rules
        by_changes = listed(space)
        run(whole(ruleset_of(turns[-1], OUTSIDE)))
        assert listed(space) == by_changes
    assert caplog.text == ""


def test_a_change_that_nft_refuses_is_loaded_whole(space: Namespace, caplog: pytest.LogCaptureFixture) -> None:
    with space.entered():
        packet_filter = PacketFilter(OUTSIDE)
        all = wanted(network(), port(1))
        packet_filter.hold(rules_of(all, numbers_of(all, Seen())))
        run("flush set bridge pileus_spoof macs")
        packet_filter._generation += 1  # as if nobody had noticed
        packet_filter.hold(rules_of(wanted(network()), {network().id: 1}))
        assert "tapa0000001" not in space.run("nft list ruleset")
    assert "loaded whole" in caplog.text


def test_what_nft_says_is_told(space: Namespace) -> None:
    with space.entered(), pytest.raises(SwitchFault, match=r"nft refused the rules: .*syntax error"):
        run("nonsense")
