"""What a work looks like within one transaction."""

from __future__ import annotations

import pytest

from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import NoCapacity
from pileus.kernel.store import Store, Tx
from pileus.kernel.workflow import begin
from pileus.kernel.workflow.leases import Holder, Lease, claim
from pileus.kernel.workflow.progress import Progress
from tests.kernel.workflow.houses import BuildHouse


@pytest.fixture
def lease(store: Store) -> Lease:
    store.write(lambda tx: begin(tx, BuildHouse("home")))
    return store.claim(claim, Holder("here", "boot-1"), 1)[0]


def test_steps_come_in_order_and_then_the_last_word(store: Store, lease: Lease) -> None:
    def rule(tx: Tx) -> list[tuple[str, bool]]:
        here = Progress(tx, lease)
        seen = []
        while not (act := here.act()).is_last:
            seen.append((act.name, act.is_last))
            here.pass_on()
        return [*seen, (act.name, act.is_last)]

    assert store.write(rule) == [
        ("choose_plot", False),
        ("pour_foundation", False),
        ("raise_walls", False),
        ("is_painted", False),
        ("finished", True),
    ]


@pytest.mark.parametrize(
    ("passed", "is_begun", "undos"),
    [
        (0, False, []),
        (1, False, ["give_plot_back"]),
        (1, True, ["break_foundation", "give_plot_back"]),
        (4, False, ["tear_walls_down", "break_foundation", "give_plot_back"]),
    ],
)
def test_what_is_turned_back_undoes_what_was_begun(
    store: Store, lease: Lease, passed: int, is_begun: bool, undos: list[str]
) -> None:
    def rule(tx: Tx) -> list[str]:
        here = Progress(tx, lease)
        for _ in range(passed):
            here.pass_on()
        here.begun_at = tx.now if is_begun else None
        here.turn_back(NoCapacity("No."))
        seen = []
        while not (act := here.act()).is_last:
            seen.append(act.name)
            here.pass_on()
        return seen

    assert store.write(rule) == undos


def test_why_it_was_turned_back_is_the_same_after_a_resume(store: Store, lease: Lease) -> None:
    def turn_back(tx: Tx) -> None:
        here = Progress(tx, lease)
        here.turn_back(NoCapacity("No.", "none at all", extra={"asked": 1}))
        here.hold()

    store.write(turn_back)
    because = store.write(lambda tx: Progress(tx, lease).because)
    assert isinstance(because, NoCapacity)
    assert (because.said, because.logged, because.extra) == ("No.", "none at all", {"asked": 1})


def test_a_deadline_counts_from_when_the_act_was_begun(store: Store, lease: Lease, clock: HeldClock) -> None:
    def rule(tx: Tx) -> tuple[bool, bool]:
        here = Progress(tx, lease)
        for _ in range(3):
            here.pass_on()
        fresh = here.is_late(here.act())
        here.begun_at = tx.now
        clock.forward(0)
        here.tx.now = clock.now().replace(hour=1)
        return fresh, here.is_late(here.act())

    assert store.write(rule) == (False, True)
