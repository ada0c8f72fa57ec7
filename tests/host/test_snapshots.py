"""The snapshots of a host: begun once, tried again, stopped when unwanted, and nothing held for longer than needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pileus.compute.host.fake import FakeHypervisor, Faults
from pileus.compute.host.hypervisor import Still
from pileus.compute.host.spec import SeenSnapshot, Snapshot
from pileus.host.delivery import Declined
from pileus.host.line import LinkFailed
from pileus.host.snapshots import NoSnapshots, Snapshots
from pileus.kernel.clock import HeldClock
from tests.compute.host.specs import guest, uuid_of
from tests.host.stills import order

ORDER = order()
WANTED = {ORDER.id: ORDER}


class Shipping:
    """Ships nothing, and fails as it is told to."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.times = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(
        self, order: Snapshot, still: Still, stop: threading.Event, tell: Callable[[SeenSnapshot], None]
    ) -> None:
        self.times += 1
        self.meanwhile()
        if self.troubles:
            raise self.troubles.pop(0)
        tell(SeenSnapshot(order.id, order.guest_id, "done", sent_bytes=7))


@pytest.fixture
def hypervisor() -> FakeHypervisor:
    made = FakeHypervisor(HeldClock())
    made.define(guest(1))
    return made


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pileus.host.snapshots.FIRST_PAUSE", 0.0)


def test_it_is_taken_once_and_told_until_it_is_not_wanted(hypervisor: FakeHypervisor) -> None:
    ship = Shipping()
    snapshots = Snapshots(hypervisor, ship)
    for _ in range(3):
        assert snapshots.look(WANTED)[ORDER.id].state == "done"
    assert (ship.times, hypervisor.held()) == (1, [])
    assert snapshots.look({}) == {}
    assert snapshots.look(WANTED)[ORDER.id].sent_bytes == 7
    assert ship.times == 2


@pytest.mark.parametrize("trouble", [LinkFailed("away"), OSError("gone")], ids=str)
def test_what_may_pass_is_tried_again(hypervisor: FakeHypervisor, trouble: Exception) -> None:
    ship = Shipping(trouble, trouble)
    assert Snapshots(hypervisor, ship).look(WANTED)[ORDER.id].state == "done"
    assert ship.times == 3


def test_what_does_not_pass_is_given_up(hypervisor: FakeHypervisor) -> None:
    ship = Shipping(*[LinkFailed("away")] * 9)
    told = Snapshots(hypervisor, ship).look(WANTED)[ORDER.id]
    assert (told.state, told.because) == ("failed", "The host could not bring the snapshot to the cloud.")
    assert (ship.times, hypervisor.held()) == (5, [])


def test_what_the_cloud_declines_is_not_tried_again(hypervisor: FakeHypervisor) -> None:
    ship = Shipping(Declined("It is not a disk."))
    told = Snapshots(hypervisor, ship).look(WANTED)[ORDER.id]
    assert (told.state, told.because, ship.times) == ("failed", "It is not a disk.", 1)


def test_a_guest_that_cannot_be_held_has_failed(hypervisor: FakeHypervisor) -> None:
    hypervisor.faults = Faults(fail_hold=9)
    told = Snapshots(hypervisor, Shipping()).look(WANTED)[ORDER.id]
    assert (told.state, told.because) == ("failed", "The host could not hold the server's disk still.")


def test_one_that_is_not_wanted_any_more_stops_and_is_let_go(hypervisor: FakeHypervisor) -> None:
    snapshots: Any = None
    ship = Shipping()
    ship.meanwhile = lambda: snapshots.look({})
    snapshots = Snapshots(hypervisor, ship)
    snapshots.look(WANTED)
    assert snapshots.look({}) == {}
    assert hypervisor.held() == []


def test_what_a_former_agent_held_is_let_go(hypervisor: FakeHypervisor) -> None:
    hypervisor.hold(ORDER)
    assert Snapshots(hypervisor, Shipping()).look({}) == {}
    assert hypervisor.held() == []


def test_more_than_two_at_a_time_wait(hypervisor: FakeHypervisor) -> None:
    for number in (2, 3):
        hypervisor.define(guest(number))
    go, busy = threading.Event(), threading.Semaphore(0)
    ship = Shipping()

    def waits() -> None:
        busy.release()
        go.wait(10)

    ship.meanwhile = waits
    snapshots = Snapshots(hypervisor, ship, run=lambda job: threading.Thread(target=job, daemon=True).start())
    wanted = {uuid_of(at): Snapshot(uuid_of(at), uuid_of(at), ORDER.disk) for at in (1, 2, 3)}
    snapshots.look(wanted)
    busy.acquire(timeout=10)
    busy.acquire(timeout=10)
    states = [one.state for one in snapshots.look(wanted).values()]
    assert sorted(states) == ["preparing", "preparing", "waiting"]
    go.set()


def test_a_host_that_takes_none_says_so() -> None:
    assert NoSnapshots().look(WANTED)[ORDER.id].state == "failed"
