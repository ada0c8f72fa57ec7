"""What every switch must do, the fake as well as the real one; each brings its fixture `switch`."""

from __future__ import annotations

import msgspec

from pileus.network.host.converge import converge
from pileus.network.host.reporting import Report
from pileus.network.host.spec import Rule
from pileus.network.host.switch import Switch
from tests.network.host.specs import group, network, port, subnet, wanted

HOME = network()
ALL = wanted(HOME, port(1, groups=(group(1).id,)), port(2, guarded=False), group(1, members=("10.1.0.11",)))
NOTHING = wanted()


def states(report: Report) -> set[str]:
    """The states of all networks and ports."""
    return {seen.state for seen in report.networks.values()} | {seen.state for seen in report.ports.values()}


class SwitchSuite:
    """Tests by behaviour alone: what is seen after what was told."""

    def test_what_is_wanted_is_made_and_then_there_is_nothing_left_to_do(self, switch: Switch) -> None:
        report = converge(switch, ALL)
        assert states(report) == {"up"}
        assert converge(switch, ALL).acted == 0

    def test_what_nobody_wants_any_more_is_removed(self, switch: Switch) -> None:
        converge(switch, ALL)
        report = converge(switch, NOTHING)
        assert states(report) == {"gone"}
        assert converge(switch, NOTHING).acted == 0
        seen = switch.observe()
        assert not (seen.bridges or seen.taps or seen.services)

    def test_every_verb_may_be_repeated(self, switch: Switch) -> None:
        converge(switch, ALL)
        seen = switch.observe()
        for bridge in seen.bridges.values():
            switch.lay(bridge)
        for tap in seen.taps.values():
            switch.plug(tap)
        for service in seen.services.values():
            assert service is not None
            switch.serve(service)
        assert seen.rules is not None
        switch.guard(seen.rules)
        assert switch.observe() == seen
        for verb, ids in ((switch.unplug, seen.taps), (switch.silence, seen.services), (switch.clear, seen.bridges)):
            for id in [*ids, *ids]:
                verb(id)
        assert not switch.observe().bridges

    def test_a_change_of_each_part_is_carried_out(self, switch: Switch) -> None:
        converge(switch, ALL)
        for change in (
            network(mtu=1400),
            network(service_addresses=("10.1.0.3",)),
            network(subnets=(subnet(), subnet(2, "10.2.0.0/24", None)), service_addresses=("10.1.0.2", "10.2.0.2")),
            network(subnets=(subnet(dhcp=False),)),
            network(subnets=(), service_addresses=()),
        ):
            changed = msgspec.structs.replace(ALL, networks={change.id: change})
            assert converge(switch, changed).acted > 0
            assert converge(switch, changed).acted == 0

    def test_a_port_goes_down_and_up_again(self, switch: Switch) -> None:
        down = wanted(HOME, port(1, up=False))
        assert converge(switch, down).ports[port(1).id].state == "down"
        assert converge(switch, down).acted == 0
        assert converge(switch, wanted(HOME, port(1))).ports[port(1).id].state == "up"

    def test_a_second_network_may_have_equal_addresses(self, switch: Switch) -> None:
        twice = wanted(HOME, network(2), port(1), port(2, network(2)))
        assert {seen.state for seen in converge(switch, twice).ports.values()} == {"up"}
        assert converge(switch, twice).acted == 0

    def test_numbers_outlive_everything_but_their_owner(self, switch: Switch) -> None:
        converge(switch, wanted(HOME, port(1), port(2)))
        before = switch.observe().taps[port(2).id].number
        converge(switch, wanted(HOME, port(2)))
        assert switch.observe().taps[port(2).id].number == before

    def test_a_group_may_name_groups_that_are_not_here(self, switch: Switch) -> None:
        there = group(9)
        naming = group(1, Rule("ingress", remote_group=there.id))
        assert converge(switch, wanted(HOME, port(1, groups=(naming.id,)), naming)).groups[naming.id].state == "up"
        assert converge(switch, wanted(HOME, port(1, groups=(naming.id,)), naming, there)).acted == 1

    def test_a_port_whose_group_is_not_here_waits_for_it(self, switch: Switch) -> None:
        asking = port(1, groups=(group(1).id,))
        assert converge(switch, wanted(HOME, asking)).ports[asking.id].state == "down"
        assert converge(switch, wanted(HOME, asking, group(1))).ports[asking.id].state == "up"
