"""What the cloud is told of each part."""

from __future__ import annotations

import pytest

from pileus.network.host.reporting import report
from pileus.network.host.spec import SeenNetwork
from pileus.network.host.switch import Bridge, Seen
from tests.network.host.specs import group, network, port, wanted

ALL = wanted(network(), port(1, groups=(group(1).id,)), port(2, up=False), group(1))


def test_all_is_up_but_what_was_told_to_be_down() -> None:
    told = report(ALL, Seen(), {}, acted=1)
    assert [seen.state for seen in told.ports.values()] == ["up", "down"]
    assert (told.networks[network().id].state, told.groups[group(1).id].state) == ("up", "up")


@pytest.mark.parametrize("subject", [("port", port(1).id), ("network", network().id), ("rules", "")])
def test_a_port_fails_with_whatever_it_needs(subject: tuple[str, str]) -> None:
    seen = report(ALL, Seen(), {subject: "no"}, acted=1).ports[port(1).id]
    assert (seen.state, seen.because) == ("failed", "no")


def test_a_port_with_a_refused_group_is_not_up() -> None:
    told = report(ALL, Seen(), {("group", group(1).id): "nonsense"}, acted=1)
    assert told.groups[group(1).id].state == "failed"
    assert (told.ports[port(1).id].state, "security group" in told.ports[port(1).id].because) == ("down", True)


def test_what_could_not_be_removed_is_not_gone() -> None:
    seen = Seen(bridges={network(2).id: Bridge(network(2).id, 1, 1500, frozenset())})
    assert network(2).id not in report(ALL, seen, {("network", network(2).id): "busy"}, acted=1).networks
    assert report(ALL, seen, {}, acted=1).networks[network(2).id] == SeenNetwork(network(2).id, "gone")
