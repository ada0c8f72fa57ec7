"""The inet table: which chains and elements each part brings."""

from __future__ import annotations

from pileus.network.host.layers import numbers_of, rules_of
from pileus.network.host.linux.filtering import TABLE, bags, chains
from pileus.network.host.spec import Group, Network, Port
from pileus.network.host.switch import Outside, Rules, Seen
from tests.network.host.specs import group, network, port, wanted


def rules(*parts: Network | Port | Group) -> Rules:
    all = wanted(*parts)
    return rules_of(all, numbers_of(all, Seen()))


def test_a_port_names_its_groups_and_drops_the_rest() -> None:
    held = chains(rules(network(), port(1, groups=(group(1).id, group(7).id)), group(1)), Outside())
    assert held[TABLE, "out_tapa0000001-00"].rules == ("jump let_out_60000001-00", "drop")
    assert held[TABLE, "in_tapa0000001-00"].rules == ("drop",), "a group that lets nothing in needs no chain"


def test_an_unguarded_port_has_no_chains() -> None:
    assert not [name for _, name in chains(rules(network(), port(1, guarded=False)), Outside()) if "tap" in name]


def test_a_network_has_a_zone_of_its_own_unless_it_has_the_uplink() -> None:
    held = bags(rules(network(), network(2, uplink=True)), Outside(uplink="up0"))
    assert held[TABLE, "zones"].elements == {'"bre0000001-00" : 1'}
    assert held[TABLE, "uplinked"].elements == {'"bre0000002-00"'}


def test_nothing_leaves_without_an_uplink() -> None:
    assert chains(rules(network()), Outside())[TABLE, "outward"].rules == ("drop",)
    assert chains(rules(network()), Outside(uplink="up0"))[TABLE, "outward"].rules == (
        'oifname "up0" iifname @uplinked accept',
        "drop",
    )


def test_questions_to_the_hosts_dns_pass_only_where_it_answers() -> None:
    assert bags(rules(network()), Outside())[TABLE, "answers4"].elements == frozenset()
    assert bags(rules(network()), Outside(resolvers=("9.9.9.9",)))[TABLE, "answers4"].elements == {
        '"bre0000001-00" . 10.1.0.2'
    }
