"""Whose connections are forgotten when rules change."""

from __future__ import annotations

import msgspec

from pileus.network.host.layers import numbers_of, rules_of
from pileus.network.host.linux.connections import doubtful
from pileus.network.host.spec import Group, Network, Port, Rule
from pileus.network.host.switch import Rules, Seen
from tests.network.host.specs import group, network, port, wanted

WEB = group(1, Rule("ingress", protocol="tcp", low=80, high=80))


def rules(*parts: Network | Port | Group) -> Rules:
    all = wanted(network(), *parts)
    return rules_of(all, numbers_of(all, Seen()))


ONE = port(1, groups=(WEB.id,))
BEFORE = rules(ONE, port(2), WEB)


def test_whoever_keeps_all_rights_keeps_all_connections() -> None:
    assert doubtful(BEFORE, BEFORE) == set()
    assert doubtful(BEFORE, rules(ONE, port(2), port(3), msgspec.structs.replace(WEB, members=("10.1.0.9",)))) == set()


def test_a_port_that_is_gone_leaves_nothing_to_its_successor() -> None:
    assert doubtful(BEFORE, rules(ONE, WEB)) == {(1, "10.1.0.12")}


def test_a_port_that_loses_a_rule_a_group_or_an_address_is_asked_anew() -> None:
    assert doubtful(BEFORE, rules(ONE, port(2), group(1))) == {(1, "10.1.0.11")}
    assert doubtful(BEFORE, rules(port(1), port(2), WEB)) == {(1, "10.1.0.11")}
    assert doubtful(BEFORE, rules(port(1, groups=(WEB.id,), addresses=()), port(2), WEB)) == {(1, "10.1.0.11")}


def test_a_port_that_comes_under_guard_is_asked_anew() -> None:
    assert doubtful(rules(port(1, guarded=False)), rules(port(1))) == {(1, "10.1.0.11")}
    assert doubtful(rules(port(1)), rules(port(1, guarded=False))) == set()


def test_a_member_that_leaves_a_group_is_asked_anew_where_the_group_is_named() -> None:
    naming, there = group(2, Rule("ingress", remote_group=group(3).id)), group(3, members=("10.1.0.99", "10.1.0.98"))
    after = msgspec.structs.replace(there, members=("10.1.0.98",))
    asking = port(1, groups=(naming.id,))
    assert doubtful(rules(asking, naming, there), rules(asking, naming, after)) == {(1, "10.1.0.99")}
    assert doubtful(rules(port(1), naming, there), rules(port(1), naming, after)) == set()
