"""Who holds which work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pileus.kernel.clock import HeldClock
from pileus.kernel.store import Store
from pileus.kernel.workflow import KINDS, begin
from pileus.kernel.workflow.leases import LEASE, Holder, Lease, Lost, claim, held, next_due, release, renew, take_back
from tests.kernel.workflow.houses import BuildHouse

HERE, THERE = Holder("here", "boot-1"), Holder("there", "boot-1")


@pytest.fixture
def begun(store: Store) -> str:
    return store.write(lambda tx: begin(tx, BuildHouse("home")))


def claimed(store: Store, holder: Holder = HERE) -> list[Lease]:
    return store.claim(claim, holder, 10)


def test_work_is_claimed_by_one(store: Store, begun: str) -> None:
    assert [lease.work_id for lease in claimed(store)] == [begun]
    assert claimed(store, THERE) == []


def test_no_more_is_claimed_than_asked_for_and_the_longest_due_first(store: Store, clock: HeldClock) -> None:
    begun = []
    for house in "abc":
        begun.append(store.write(lambda tx, house=house: begin(tx, BuildHouse(house))))
        clock.forward(1)
    assert [lease.work_id for lease in store.claim(claim, HERE, 2)] == begun[:2]


def test_a_holder_that_is_silent_loses_its_work(store: Store, begun: str, clock: HeldClock) -> None:
    mine = claimed(store)[0]
    clock.forward(LEASE)
    theirs = claimed(store, THERE)[0]
    with pytest.raises(Lost):
        store.write(held, mine)
    assert store.write(held, theirs)["node"] == "there"


def test_a_holder_that_renews_keeps_its_work(store: Store, begun: str, clock: HeldClock) -> None:
    mine = claimed(store)
    clock.forward(LEASE - 1)
    store.claim(renew, mine)
    clock.forward(LEASE - 1)
    assert claimed(store, THERE) == []


def test_work_that_was_lost_is_not_renewed(store: Store, begun: str, clock: HeldClock) -> None:
    mine = claimed(store)
    clock.forward(LEASE)
    claimed(store, THERE)
    store.claim(renew, mine)
    assert store.look(next_due) == clock.now() + timedelta(seconds=LEASE)
    with pytest.raises(Lost):
        store.write(held, mine[0])


def test_work_that_is_released_is_free_at_once(store: Store, begun: str) -> None:
    store.claim(release, claimed(store)[0])
    assert claimed(store, THERE)


def test_a_node_that_starts_takes_back_what_its_earlier_boot_held_and_nothing_else(store: Store, begun: str) -> None:
    claimed(store)
    assert store.claim(take_back, Holder("there", "boot-2")) == 0
    assert store.claim(take_back, HERE) == 0
    assert store.claim(take_back, Holder("here", "boot-2")) == 1
    assert claimed(store, Holder("here", "boot-2"))


def test_work_of_a_kind_nobody_here_knows_is_left_alone(
    store: Store, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.delitem(KINDS, ("BuildHouse", 1))
        newer.setitem(KINDS, ("BuildHouse", 2), BuildHouse)
        assert claimed(store) == []
        assert store.look(next_due) is None
    assert claimed(store)


def test_the_next_work_is_due_when_it_may_be_claimed(store: Store, begun: str, clock: HeldClock) -> None:
    assert store.look(next_due) == clock.now()
    claimed(store)
    assert store.look(next_due) == clock.now() + timedelta(seconds=LEASE)
