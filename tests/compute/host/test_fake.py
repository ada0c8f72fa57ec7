"""The fake hypervisor: the shared suite, and its faults."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import pytest

from pileus.compute.host.fake import FakeHypervisor, Faults
from pileus.compute.host.hypervisor import Hopeless, HypervisorFailed, Promise, Unreachable
from pileus.compute.host.spec import Guest, ImageRef
from pileus.kernel.clock import HeldClock
from tests.compute.host.hypervisor_suite import GUEST, HypervisorSuite, seen
from tests.compute.host.leaning_suite import LeaningSuite
from tests.compute.host.specs import guest


@pytest.fixture
def hypervisor(clock: HeldClock) -> FakeHypervisor:
    return FakeHypervisor(clock)


class TestFakeHypervisor(HypervisorSuite):
    """The shared suite."""


class Promises:
    """A cache that promises everything."""

    def __init__(self) -> None:
        self.holders: set[str] = set()
        self.has_come = False

    def promise(self, image: ImageRef, guest_id: str) -> Promise | None:
        self.holders.add(guest_id)
        return Promise(image, "", "", "")

    def serve(self) -> None: ...

    def is_whole(self, image: ImageRef, *, is_up: bool) -> bool:
        return self.has_come

    def release(self, guest_id: str) -> None:
        self.holders.discard(guest_id)

    def keep_only(self, guest_ids: Container[str]) -> None: ...

    def path_of(self, image: ImageRef) -> Path:
        assert self.has_come
        return Path()

    def held(self) -> set[str]:
        return self.holders

    def come(self) -> None:
        self.has_come = True


class TestFakeLeans(LeaningSuite):
    """The shared suite of guests that begin early."""

    @pytest.fixture
    def promises(self) -> Promises:
        return Promises()

    @pytest.fixture
    def hypervisor(self, clock: HeldClock, promises: Promises) -> FakeHypervisor:
        return FakeHypervisor(clock, promises)

    @pytest.fixture
    def wanted(self) -> Guest:
        return GUEST


def state(hypervisor: FakeHypervisor) -> str:
    now = seen(hypervisor)
    return now.state if now else "absent"


def started(hypervisor: FakeHypervisor) -> FakeHypervisor:
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    return hypervisor


def test_a_guest_boots_at_once_reads_its_metadata_and_says_who_it_is(hypervisor: FakeHypervisor) -> None:
    now = seen(started(hypervisor))
    assert now
    assert (now.state, now.read_metadata) == ("running", True)
    assert hypervisor.console(GUEST.id, 1) == "guest 1 login: "
    assert len(hypervisor.console(GUEST.id, 3).splitlines()) == 3


def test_a_slow_boot_takes_the_clocks_seconds(hypervisor: FakeHypervisor, clock: HeldClock) -> None:
    hypervisor.faults = Faults(slow_boot=8)
    assert state(started(hypervisor)) == "building"
    clock.forward(8)
    assert state(hypervisor) == "running"


def test_a_guest_crashes_when_it_is_told_to(hypervisor: FakeHypervisor, clock: HeldClock) -> None:
    hypervisor.faults = Faults(crash_after=30)
    assert state(started(hypervisor)) == "running"
    clock.forward(30)
    now = seen(hypervisor)
    assert now
    assert (now.state, now.because) == ("crashed", "Its kernel panicked: a fault of the fake.")


def test_a_guest_that_never_boots_says_why(hypervisor: FakeHypervisor) -> None:
    hypervisor.faults = Faults(never_boots=True)
    now = seen(started(hypervisor))
    assert now
    assert (now.state, now.because) == ("crashed", "Its disk holds nothing that boots.")


def test_verbs_fail_as_often_as_they_are_told_to(hypervisor: FakeHypervisor) -> None:
    hypervisor.faults = Faults(fail_define=2, fail_start=1, hopeless=True)
    for _ in range(2):
        with pytest.raises(Hopeless):
            hypervisor.define(GUEST)
    hypervisor.define(GUEST)
    with pytest.raises(HypervisorFailed):
        hypervisor.start(GUEST)
    assert state(started(hypervisor)) == "running"


def test_the_power_button_stops_a_guest_that_hears_it(hypervisor: FakeHypervisor) -> None:
    hypervisor.faults = Faults(deaf=True)
    started(hypervisor).stop(GUEST.id, gently=True)
    assert state(hypervisor) == "running"
    hypervisor.faults = Faults()
    hypervisor.stop(GUEST.id, gently=True)
    assert state(hypervisor) == "halted"


def test_an_unreachable_hypervisor_answers_nothing(hypervisor: FakeHypervisor) -> None:
    started(hypervisor).faults = Faults(unreachable=True)
    for verb in (hypervisor.guests, lambda: hypervisor.define(guest(2)), lambda: hypervisor.forget(GUEST.id)):
        with pytest.raises(Unreachable):
            verb()
    hypervisor.faults = Faults()
    assert state(hypervisor) == "running"


def test_usage_grows_with_time(hypervisor: FakeHypervisor, clock: HeldClock) -> None:
    before = started(hypervisor).usage()[GUEST.id]
    clock.forward(60)
    after = hypervisor.usage()[GUEST.id]
    assert after.cpu_ns > before.cpu_ns
    assert after.net_rx_bytes > before.net_rx_bytes


def test_a_machine_that_was_switched_off_has_stopped_guests(hypervisor: FakeHypervisor) -> None:
    started(hypervisor).interrupt()
    assert state(hypervisor) == "stopped"
