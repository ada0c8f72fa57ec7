"""How a work goes on: retries, deadlines, stumbles, refusals, and what the engine tells its hook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import select

from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Conflict, Refusal, Unavailable
from pileus.kernel.store import Store, Tx
from pileus.kernel.workflow import Engine, Retry, Workflow, begin, minutes, outside, step, wait, wake, works

CALLED: list[str] = []
PLANS: dict[str, list[Any]] = {}
"""What each call of an act shall raise or return, in turn; nothing once they are used up."""


@pytest.fixture(autouse=True)
def _afresh() -> None:
    CALLED.clear()
    PLANS.clear()


def act(name: str) -> Callable[[Any, Any], Any]:
    """A function that does as planned."""

    def called(_place: Any, _work: Any) -> Any:
        CALLED.append(name)
        planned = PLANS.get(name, [])
        answer = planned.pop(0) if planned else True
        if isinstance(answer, BaseException):
            raise copy(answer)
        return answer

    called.__name__ = name
    return called


@dataclass
class Travel(Workflow):
    """There, or back."""

    person_id: str
    seen: list[str] = field(default_factory=list)

    resource = "person"
    title = "travel"
    steps = (
        step(act("pack"), undo=act("unpack")),
        step(act("leave"), undo=act("come_home"), deadline=60),
        outside(act("cross"), undo=act("cross_back")),
        wait(act("is_there"), deadline=minutes(1)),
    )

    def failed(self, tx: Tx, because: Refusal) -> None:
        CALLED.append(f"failed: {because.said}")

    def finished(self, tx: Tx) -> None:
        act("finished")(tx, self)


FORWARD = ["pack", "leave", "cross", "is_there", "finished"]
BACK = ["cross_back", "come_home", "unpack"]


@pytest.fixture
def engine(store: Store) -> Engine:
    made = Engine(store)
    store.write(lambda tx: begin(tx, Travel("ann")))
    return made


def state(store: Store) -> str:
    return str(store.look(lambda tx: tx.value(select(works.c.state))))


def test_all_goes_well(store: Store, engine: Engine) -> None:
    assert engine.run_ready() == 1
    assert CALLED == FORWARD
    assert (state(store), engine.run_ready()) == ("done", 0)


@pytest.mark.parametrize(
    ("refusing", "undone"),
    [
        ("pack", []),
        ("leave", ["unpack"]),
        ("cross", BACK),
        ("is_there", BACK),
        ("finished", BACK),
    ],
)
def test_a_refusal_undoes_in_reverse_what_was_begun(
    store: Store, engine: Engine, refusing: str, undone: list[str]
) -> None:
    PLANS[refusing] = [Conflict("No."), Conflict("No.")]
    engine.run_ready()
    assert CALLED[-len(undone) - 1 :] == [*undone, "failed: No."]
    assert state(store) == "failed"


def test_a_step_that_retries_is_called_again_later_and_what_went_before_it_is_kept(
    store: Store, engine: Engine, clock: HeldClock
) -> None:
    PLANS["leave"] = [Retry(5), Retry(5)]
    engine.run_ready()
    CALLED.clear()
    assert engine.run_ready() == 0
    clock.forward(5)
    engine.run_ready()
    assert FORWARD[1:] == CALLED


def test_a_step_that_retries_beyond_its_deadline_has_failed(store: Store, engine: Engine, clock: HeldClock) -> None:
    PLANS["leave"] = [Retry(20)] * 9
    for _ in range(5):
        engine.run_ready()
        clock.forward(20)
    assert CALLED[-2:] == ["unpack", "failed: 'leave' did not come true within 60 seconds."]


def test_a_wait_is_asked_again_when_woken(store: Store, engine: Engine) -> None:
    PLANS["is_there"] = [False]
    engine.run_ready()
    assert engine.run_ready() == 0
    store.write(lambda tx: wake(tx, "person", "ann"))
    assert engine.run_ready() == 1
    assert state(store) == "done"


def test_a_wait_that_nobody_wakes_asks_again_by_itself(store: Store, engine: Engine, clock: HeldClock) -> None:
    PLANS["is_there"] = [False]
    engine.run_ready()
    clock.forward(15)
    engine.run_ready()
    assert state(store) == "done"


def test_a_wait_beyond_its_deadline_has_failed(store: Store, engine: Engine, clock: HeldClock) -> None:
    PLANS["is_there"] = [False] * 99
    for _ in range(5):
        engine.run_ready()
        clock.forward(15)
    assert CALLED[-4:] == [*BACK, "failed: 'is there' did not come true within 60 seconds."]


def test_a_wait_that_comes_true_at_its_deadline_is_true(store: Store, engine: Engine, clock: HeldClock) -> None:
    PLANS["is_there"] = [False]
    engine.run_ready()
    clock.forward(100)
    engine.run_ready()
    assert state(store) == "done"


@pytest.mark.parametrize("stumbling", ["pack", "leave", "cross", "is_there", "finished"])
@pytest.mark.parametrize("error", [ValueError("inside"), Unavailable("The host does not answer.")])
def test_a_stumble_is_tried_again_three_times(
    store: Store, engine: Engine, clock: HeldClock, stumbling: str, error: Exception
) -> None:
    PLANS[stumbling] = [error] * (3 if stumbling in ("pack", "cross") else 4)
    for _ in range(4):
        engine.run_ready()
        clock.forward(10)
    assert state(store) == "done"


def test_who_stumbles_a_fourth_time_turns_back_and_shows_nothing_of_the_inside(
    store: Store, engine: Engine, clock: HeldClock
) -> None:
    PLANS["cross"] = [ValueError("inside")] * 9
    for _ in range(5):
        engine.run_ready()
        clock.forward(10)
    assert CALLED.count("cross") == 4
    assert CALLED[-4:-1] == BACK
    assert "unexpected" in CALLED[-1]
    assert "inside" not in CALLED[-1]


def test_who_is_unavailable_a_fourth_time_says_so(store: Store, engine: Engine, clock: HeldClock) -> None:
    PLANS["pack"] = [Unavailable("The host does not answer.")] * 9
    for _ in range(5):
        engine.run_ready()
        clock.forward(10)
    assert CALLED[-1] == "failed: The host does not answer."


@pytest.mark.parametrize("undo", [*BACK])
@pytest.mark.parametrize("error", [ValueError("inside"), Conflict("No."), Retry(3)])
def test_an_undo_is_never_given_up(store: Store, engine: Engine, clock: HeldClock, undo: str, error: Exception) -> None:
    PLANS["is_there"] = [Conflict("Lost."), Conflict("Lost.")]
    PLANS[undo] = [error] * 12
    for _ in range(16):
        engine.run_ready()
        clock.forward(60)
    assert CALLED[-1] == "failed: Lost."
    assert PLANS[undo] == []
    assert state(store) == "failed"


def test_a_statement_the_database_refuses_counts_as_a_stumble(
    store: Store, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(tx: Tx, work: Travel) -> None:
        tx.run(works.update().values(kind=None))

    first = Travel.steps[0]
    monkeypatch.setattr(Travel, "steps", (replace(first, do=break_down), *Travel.steps[1:]))
    store.write(lambda tx: begin(tx, Travel("ann")))
    for _ in range(5):
        Engine(store).run_ready()
        clock.forward(60)
    assert state(store) == "failed"


def test_the_hook_hears_of_every_act_and_every_commit(store: Store) -> None:
    heard: list[str] = []
    engine = Engine(store, moment=lambda phase, name: heard.append(f"{phase} {name}"))
    store.write(lambda tx: begin(tx, Travel("ann")))
    engine.run_ready()
    assert heard == [
        "before pack",
        "after pack",
        "before leave",
        "after leave",
        "commit leave",
        "before cross",
        "after cross",
        "before is_there",
        "after is_there",
        "before finished",
        "after finished",
        "commit finished",
    ]


def test_notes_of_a_step_that_was_rolled_back_are_forgotten(store: Store, clock: HeldClock) -> None:
    def note(tx: Tx, work: Travel) -> None:
        work.seen.append("note")
        if len(CALLED) == 0:
            CALLED.append("once")
            raise Retry(1)

    with steps_of(Travel, step(note, undo=act("unpack"))):
        store.write(lambda tx: begin(tx, Travel("ann")))
        Engine(store).run_ready()
        clock.forward(1)
        Engine(store).run_ready()
    assert store.look(lambda tx: tx.one(select(works)))["notes"] == {"person_id": "ann", "seen": ["note"]}


def test_the_undo_of_an_outside_step_reads_the_notes_it_left_when_it_was_refused(store: Store) -> None:
    def cross(_store: Store, work: Travel) -> None:
        work.seen.append("half way")
        raise Conflict("No.")

    def cross_back(_store: Store, work: Travel) -> None:
        CALLED.extend(work.seen)

    with steps_of(Travel, outside(cross, undo=cross_back)):
        store.write(lambda tx: begin(tx, Travel("ann")))
        Engine(store).run_ready()
    assert CALLED == ["half way", "failed: No."]


@contextmanager
def steps_of(kind: type[Workflow], *steps: Any) -> Iterator[None]:
    """Meanwhile the kind has other steps."""
    known, kind.steps = kind.steps, steps
    try:
        yield
    finally:
        kind.steps = known
