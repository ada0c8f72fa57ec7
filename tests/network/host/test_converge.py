"""Planning: what is done, in which order, and that any damage and any wish end in nothing left to do."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pileus.network.host.converge import Action, converge, plan
from pileus.network.host.fake import FakeSwitch
from pileus.network.host.spec import Rule
from pileus.network.host.switch import Outside, Seen
from pileus.network.host.wanted import Wanted, sound
from tests.network.host.specs import group, ident, network, port, wanted

HOME = network()
ALL = wanted(HOME, port(1, groups=(group(1).id,)), port(2), group(1))


def verbs(actions: tuple[Action, ...]) -> list[str]:
    return [action.verb for action in actions]


def held(all: Wanted) -> Seen:
    """What is seen once all is as wanted."""
    switch = FakeSwitch()
    converge(switch, all)
    return switch.observe()


def test_rules_hold_before_a_tap_appears() -> None:
    assert verbs(plan(ALL, Seen())) == ["lay", "guard", "serve", "plug", "plug"]


def test_a_tap_goes_before_its_rules_do() -> None:
    assert verbs(plan(wanted(HOME), held(ALL))) == ["unplug", "unplug", "guard", "serve"]
    assert verbs(plan(wanted(), held(ALL))) == ["unplug", "unplug", "silence", "guard", "clear"]


def test_only_what_differs_is_done() -> None:
    changed = wanted(HOME, port(1, groups=(group(1).id,)), port(2, up=False), group(1))
    assert [(action.verb, action.about[1]) for action in plan(changed, held(ALL))] == [
        ("guard", ""),
        ("plug", port(2).id),
    ]


def test_numbers_are_the_lowest_free_and_never_shared() -> None:
    seen = held(wanted(HOME, port(1), port(2), port(3)))
    (guard,) = [action for action in plan(wanted(HOME, port(1), port(3), port(4)), seen) if action.verb == "guard"]
    assert guard.value.numbers == {HOME.id: 1, port(1).id: 1, port(3).id: 3, port(4).id: 4}  # type: ignore[union-attr]


def test_a_port_is_not_plugged_when_its_network_or_the_rules_failed() -> None:
    for verb in ("lay", "guard"):
        switch = FakeSwitch(refuses={verb: "no"})
        converge(switch, ALL)
        assert switch.taps == {}


def test_what_cannot_be_done_stops_nothing_else() -> None:
    switch = FakeSwitch()
    report = converge(switch, wanted(HOME, network(2, mtu=1), port(1), port(2, network(2))))
    assert report.networks[network(2).id].state == "failed"
    assert report.ports[port(1).id].state == "up"
    assert report.ports[port(2).id].because == "its network is not on this host"


def test_the_metadata_service_learns_who_owns_which_address() -> None:
    owned = msgspec.structs.replace(port(1), guest_id=ident(0x61, 1))
    report = converge(FakeSwitch(), wanted(HOME, owned, port(2)))
    assert report.owners == {"bre0000001-00": {"10.1.0.11": ident(0x61, 1)}}


def test_what_left_is_told_once() -> None:
    switch = FakeSwitch()
    converge(switch, ALL)
    report = converge(switch, wanted(HOME, port(1)))
    assert (report.ports[port(2).id].state, report.groups[group(1).id].state) == ("gone", "gone")
    assert set(converge(switch, wanted(HOME, port(1))).ports) == {port(1).id}


NETWORKS = [network(), network(2, mtu=1400), network(3, uplink=True), network(4, (), service_addresses=())]
GROUPS = [group(1), group(2, Rule("ingress", remote_group=group(1).id))]
WISHES = st.builds(
    lambda networks, ports, groups: wanted(*networks, *ports, *groups),
    st.lists(st.sampled_from(NETWORKS), unique_by=lambda part: part.id),
    st.lists(
        st.builds(
            lambda n, on, up, groups: port(n, on, up=up, groups=tuple(g.id for g in groups)),
            st.integers(1, 5),
            st.sampled_from(NETWORKS[:3]),
            st.booleans(),
            st.lists(st.sampled_from(GROUPS), unique_by=lambda part: part.id),
        ),
        max_size=5,
    ),
    st.lists(st.sampled_from(GROUPS), unique_by=lambda part: part.id),
)
DAMAGE = st.lists(st.sampled_from(["bridge", "tap", "rules", "service"]), max_size=4)


def damage(switch: FakeSwitch, what: str) -> None:
    """Lose the first of something."""
    if what == "rules":
        switch.lose_rules()
        return
    seen = switch.observe()
    held = {"bridge": seen.bridges, "tap": seen.taps, "service": seen.services}
    for id in [*held[what]][:1]:
        getattr(switch, f"lose_{what}")(id)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(WISHES, DAMAGE), min_size=1, max_size=4))
def test_from_anything_seen_to_what_is_wanted_and_then_nothing(turns: list[tuple[Wanted, list[str]]]) -> None:
    switch = FakeSwitch(Outside(uplink="uplink"))
    for wish, blows in turns:
        report = converge(switch, wish)
        good, _ = sound(wish, switch.outside)
        assert not any(action.verb in ("lay", "plug") for action in plan(good, switch.observe()))
        assert converge(switch, wish).acted == 0
        assert set(switch.taps) == {id for id, seen in report.ports.items() if seen.state in ("up", "down")}
        for what in blows:
            damage(switch, what)
