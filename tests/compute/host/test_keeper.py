"""The keeper: what it sets in motion, what it tells, and how it bears failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from msgspec.structs import replace

from pileus.compute.host.fake import FakeHypervisor, Faults
from pileus.compute.host.hypervisor import Unreachable
from pileus.compute.host.keeper import BOOTS, FAILURES, Keeper
from pileus.compute.host.spec import Guest, SeenGuest
from pileus.kernel.clock import HeldClock
from tests.compute.host.specs import guest

GUEST = guest()
WANTED = {GUEST.id: GUEST}


class Later:
    """Workers that work when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def __call__(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)

    def work(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


class Deaf(FakeHypervisor):
    """Guests that are never heard of: they boot for as long as a keeper believes."""

    def guests(self) -> Mapping[str, SeenGuest]:
        return {each: replace(seen, read_metadata=False) for each, seen in super().guests().items()}


@pytest.fixture
def hypervisor(clock: HeldClock) -> FakeHypervisor:
    return FakeHypervisor(clock)


@pytest.fixture
def keeper(hypervisor: FakeHypervisor, clock: HeldClock) -> Keeper:
    return Keeper(hypervisor, clock)


def many(count: int) -> dict[str, Guest]:
    return {each.id: each for each in (guest(number) for number in range(1, count + 1))}


def states(told: Mapping[str, SeenGuest]) -> list[str]:
    return sorted(seen.state for seen in told.values())


def test_a_wanted_guest_runs_after_one_look(keeper: Keeper) -> None:
    assert states(keeper.look(WANTED)) == ["running"]


def test_an_unwanted_guest_is_gone_from_the_answer(keeper: Keeper) -> None:
    keeper.look(WANTED)
    assert keeper.look({}) == {}


def test_a_guest_whose_wish_is_not_understood_is_left_alone(keeper: Keeper) -> None:
    keeper.look(WANTED)
    assert states(keeper.look({}, spare=[GUEST.id])) == ["running"]


def test_a_guest_in_work_is_building_and_the_end_of_work_wakes(hypervisor: FakeHypervisor, clock: HeldClock) -> None:
    later, woken = Later(), []
    keeper = Keeper(hypervisor, clock, run=later, wake=lambda: woken.append(1))
    assert states(keeper.look(WANTED)) == ["building"]
    assert states(keeper.look(WANTED)) == ["building"]
    assert len(later.jobs) == 1
    later.work()
    assert woken == [1]
    assert states(keeper.look(WANTED)) == ["running"]


def test_only_some_boot_at_a_time_and_the_rest_are_queued_with_their_disks_made(clock: HeldClock) -> None:
    hypervisor = Deaf(clock)
    keeper = Keeper(hypervisor, clock)
    told = states(keeper.look(many(5)))
    assert told == ["queued"] * (5 - BOOTS) + ["running"] * BOOTS
    assert len(hypervisor.guests()) == 5
    clock.forward(60)
    assert states(keeper.look(many(5))) == ["queued"] * (5 - 2 * BOOTS) + ["running"] * 2 * BOOTS


def test_a_guest_that_was_heard_leaves_its_slot_to_the_next(clock: HeldClock) -> None:
    keeper = Keeper(FakeHypervisor(clock), clock)
    for _ in range(3):
        told = keeper.look(many(5))
    assert states(told) == ["running"] * 5


def test_a_failure_is_tried_again_and_told_after_some(
    keeper: Keeper, hypervisor: FakeHypervisor, clock: HeldClock
) -> None:
    hypervisor.faults = Faults(fail_start=100)
    for _ in range(FAILURES - 1):
        assert states(keeper.look(WANTED)) == ["building"]
        clock.forward(10)
    told = keeper.look(WANTED)[GUEST.id]
    assert (told.state, told.because) == ("failed", "The host could not start the server.")
    hypervisor.faults = Faults()
    clock.forward(30)
    assert states(keeper.look(WANTED)) == ["running"]


def test_pauses_between_tries_grow(keeper: Keeper, hypervisor: FakeHypervisor, clock: HeldClock) -> None:
    hypervisor.faults = Faults(fail_define=100)
    for _ in range(100):
        keeper.look(WANTED)
        clock.forward(1)
    assert 6 <= 100 - hypervisor.faults.fail_define <= 12


def test_a_hopeless_failure_is_told_at_once_and_not_tried_until_the_guest_is_described_anew(
    keeper: Keeper, hypervisor: FakeHypervisor, clock: HeldClock
) -> None:
    hypervisor.faults = Faults(fail_define=1, hopeless=True)
    for _ in range(3):
        assert states(keeper.look(WANTED)) == ["failed"]
        clock.forward(600)
    assert states(keeper.look({GUEST.id: replace(GUEST, memory_mib=256)})) == ["running"]


def test_a_running_guest_is_not_said_to_have_failed_when_a_change_fails(
    keeper: Keeper, hypervisor: FakeHypervisor, clock: HeldClock
) -> None:
    keeper.look(WANTED)
    hypervisor.faults = Faults(fail_define=1, hopeless=True)
    assert states(keeper.look({GUEST.id: replace(GUEST, memory_mib=256)})) == ["running"]


def test_one_guests_trouble_is_nobody_elses(keeper: Keeper) -> None:
    wanted = many(2) | {"no identifier": replace(GUEST, id="no identifier")}
    assert states(keeper.look(wanted)) == ["failed", "running", "running"]


def test_a_hypervisor_that_does_not_answer_is_told_to_the_caller(keeper: Keeper, hypervisor: FakeHypervisor) -> None:
    hypervisor.faults = Faults(unreachable=True)
    with pytest.raises(Unreachable):
        keeper.look(WANTED)


def test_a_deaf_guest_is_asked_again_and_unplugged_when_its_patience_ends(
    keeper: Keeper, hypervisor: FakeHypervisor, clock: HeldClock
) -> None:
    keeper.look(WANTED)
    hypervisor.faults = Faults(deaf=True)
    stopped = {GUEST.id: replace(GUEST, power="stopped", gently=True, patience=30)}
    for _ in range(3):
        assert states(keeper.look(stopped)) == ["running"]
        clock.forward(10)
    assert states(keeper.look(stopped)) == ["stopped"]


def test_a_soft_reboot_that_is_heard_starts_the_guest_again(keeper: Keeper, clock: HeldClock) -> None:
    keeper.look(WANTED)
    clock.forward(60)
    asked = {GUEST.id: replace(GUEST, turn=2, gently=True)}
    keeper.look(asked)
    told = keeper.look(asked)[GUEST.id]
    assert (told.state, told.turn, told.started_at) == ("running", 2, clock.now().isoformat())


def test_a_crash_is_told_with_its_reason_and_left_alone(keeper: Keeper, hypervisor: FakeHypervisor) -> None:
    keeper.look(WANTED)
    hypervisor.crash(GUEST.id, "Its kernel panicked: oh dear.")
    told = keeper.look(WANTED)[GUEST.id]
    assert (told.state, told.because) == ("crashed", "Its kernel panicked: oh dear.")


def test_guests_come_back_after_the_machine_was_switched_off(keeper: Keeper, hypervisor: FakeHypervisor) -> None:
    keeper.look(many(2))
    hypervisor.interrupt()
    assert states(keeper.look(many(2))) == ["running", "running"]


class Slow(FakeHypervisor):
    """While it is looked at, workers get on with their work."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def guests(self) -> Mapping[str, SeenGuest]:
        seen = super().guests()
        self.meanwhile()
        return seen


def test_a_reboot_that_ends_while_the_keeper_looks_is_not_done_twice(clock: HeldClock) -> None:
    later, hypervisor = Later(), Slow(clock)
    keeper = Keeper(hypervisor, clock, run=later)
    keeper.look(WANTED)
    later.work()
    asked = {GUEST.id: replace(GUEST, turn=2)}
    keeper.look(asked)
    hypervisor.meanwhile = later.work
    keeper.look(asked)
    later.work()
    assert hypervisor.console(GUEST.id, 100).count("Linux version") == 2


def test_a_guest_that_stopped_by_itself_is_not_building_while_that_is_noted(
    hypervisor: FakeHypervisor, clock: HeldClock
) -> None:
    later = Later()
    keeper = Keeper(hypervisor, clock, run=later)
    keeper.look(WANTED)
    later.work()
    hypervisor.halt(GUEST.id)
    assert states(keeper.look({GUEST.id: replace(GUEST, power="stopped")})) == ["halted"]
    later.work()
    assert states(keeper.look({GUEST.id: replace(GUEST, power="stopped")})) == ["stopped"]
