"""The plan of a host's guests: from any seen to the wanted, then nothing."""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec.structs import replace

from pileus.compute.host.converge import plan
from pileus.compute.host.fake import FakeHypervisor, Faults
from pileus.compute.host.keeper import Keeper
from pileus.compute.host.spec import Cpu, Guest, Power, SeenGuest, State, definition_of
from pileus.kernel.clock import HeldClock
from tests.compute.host.specs import card, guest, uuid_of

GUEST = guest()
POWERS: tuple[Power, ...] = get_args(Power)
ENDS: tuple[State, ...] = ("running", "stopped", "halted", "paused", "suspended", "crashed")


def a_seen(state: State, wanted: Guest = GUEST, turn: int = 1) -> SeenGuest:
    cards = tuple(each.port_id for each in wanted.nics)
    return SeenGuest(wanted.id, state, turn=turn, definition=definition_of(wanted), nics=cards)


def verbs(wanted: Guest, seen: SeenGuest | None, *, overdue: bool = False) -> str:
    ways = plan({wanted.id: wanted}, {wanted.id: seen} if seen else {}, overdue=[wanted.id] if overdue else [])
    return " ".join(action.verb for action in ways.get(wanted.id, ()))


def test_a_new_guest_is_defined_and_started() -> None:
    assert verbs(GUEST, None) == "define start"
    assert verbs(replace(GUEST, power="stopped"), None) == "define"


def test_nothing_is_to_be_done_where_all_is_well() -> None:
    for power in POWERS:
        assert verbs(replace(GUEST, power=power), a_seen(power)) == ""


def test_who_is_not_wanted_is_forgotten_whatever_its_state() -> None:
    for state in ENDS:
        assert [action.verb for action in plan({}, {GUEST.id: a_seen(state)})[GUEST.id]] == ["forget"]


def test_who_is_spared_is_neither_forgotten_nor_touched() -> None:
    assert plan({}, {GUEST.id: a_seen("running")}, spare=[GUEST.id]) == {}


def test_a_changed_guest_is_defined_anew_while_it_runs() -> None:
    assert verbs(replace(GUEST, cpu=Cpu(1, 2)), a_seen("running")) == "define"


def test_a_guest_whose_definition_went_is_defined_anew() -> None:
    assert verbs(GUEST, replace(a_seen("running"), definition="")) == "define"


def test_a_card_without_its_tap_is_plugged_anew() -> None:
    wanted = replace(GUEST, nics=(card(1),))
    assert verbs(wanted, replace(a_seen("running", wanted), nics=())) == "define"
    assert verbs(wanted, replace(a_seen("running", wanted), nics=(uuid_of(1), uuid_of(2)))) == "define"


def test_a_guest_that_ended_by_itself_stays_so_until_it_is_asked_for_again() -> None:
    for state in ("halted", "crashed"):
        assert verbs(GUEST, a_seen(state)) == ""
        assert verbs(replace(GUEST, turn=2), a_seen(state)) == "start"


def test_a_guest_cut_short_with_its_machine_is_started() -> None:
    assert verbs(GUEST, a_seen("stopped")) == "start"
    assert verbs(replace(GUEST, power="paused"), a_seen("stopped")) == "start pause"


def test_a_hard_reboot_pulls_the_plug() -> None:
    for state in ("running", "paused", "suspended"):
        assert verbs(replace(GUEST, turn=2), a_seen(state)) == "stop start"


def test_a_soft_reboot_asks_and_pulls_the_plug_when_its_time_is_up() -> None:
    asked = replace(GUEST, turn=2, gently=True)
    assert verbs(asked, a_seen("running")) == "press"
    assert verbs(asked, a_seen("running"), overdue=True) == "stop start"
    assert verbs(asked, a_seen("halted")) == "start"
    assert verbs(asked, a_seen("running", turn=2)) == ""


def test_a_soft_stop_asks_and_a_hard_one_does_not() -> None:
    stopped = replace(GUEST, power="stopped")
    assert verbs(stopped, a_seen("running")) == "stop"
    assert verbs(replace(stopped, gently=True), a_seen("running")) == "press"
    assert verbs(replace(stopped, gently=True), a_seen("running"), overdue=True) == "stop"
    assert verbs(replace(stopped, gently=True), a_seen("paused")) == "stop"


def test_a_stopped_guest_is_not_rebooted() -> None:
    assert verbs(replace(GUEST, power="stopped", turn=5), a_seen("stopped")) == ""


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("state", ENDS)
@pytest.mark.parametrize("gently", [False, True])
def test_from_any_state_the_wanted_is_reached_and_then_nothing_is_done(
    power: Power, state: State, gently: bool, clock: HeldClock
) -> None:
    hypervisor = in_state(state, clock)
    keeper, wanted = Keeper(hypervisor, clock), {GUEST.id: replace(GUEST, power=power, turn=2, gently=gently)}
    for _ in range(10):
        keeper.look(wanted)
        clock.forward(5)
    seen = hypervisor.guests()
    assert seen[GUEST.id].state == power
    assert plan(wanted, seen) == {}


def in_state(state: State, clock: HeldClock) -> FakeHypervisor:
    hypervisor = FakeHypervisor(clock, faults=Faults())
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    {
        "running": lambda _: None,
        "stopped": lambda each: hypervisor.stop(each, gently=False),
        "halted": hypervisor.halt,
        "paused": hypervisor.pause,
        "suspended": hypervisor.suspend,
        "crashed": hypervisor.crash,
    }[state](GUEST.id)
    return hypervisor


def test_a_guest_whose_image_has_come_is_settled_where_it_runs_or_before_it_starts() -> None:
    for state, power, way in [
        ("running", "running", "settle"),
        ("stopped", "running", "settle start"),
        ("crashed", "running", ""),
        ("paused", "paused", ""),
        ("suspended", "running", "start"),
        ("running", "stopped", "stop"),
        ("stopped", "stopped", ""),
    ]:
        leaning = replace(a_seen(state), leans="whole")  # type: ignore[arg-type]
        assert verbs(replace(GUEST, power=power), leaning) == way, (state, power)
        assert "settle" not in verbs(replace(GUEST, power=power), replace(leaning, leans="promised"))
