"""What every workflow must stand, tried out on any workflow whose world a test can build.

    @pytest.mark.parametrize("case", cases(Trial(CreateServer, ServerWorld)), ids=str)
    def test_creating_a_server_keeps_the_promises_of_a_workflow(case: Case, store: Store) -> None:
        case.check(store)

- It fails before or after each step: nothing remains.
- Each step, and each undo, is done twice: the result is the same.
- The process dies around each step, each undo and each commit: another takes the work to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache, wraps
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from sqlalchemy import bindparam, func, select

from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Conflict
from pileus.kernel.store import Store
from pileus.kernel.workflow import Engine, Hook, Workflow, works

ROUNDS = 50
"""More than any work needs; a work that takes more hangs."""


class World(Protocol):
    """What a workflow is tried in; made anew from an empty store for each case."""

    def begin(self) -> None:
        """Ask for the work, as a rule would."""

    def go_on(self) -> None:
        """What happens meanwhile outside the workflow (a host reports, time passes); called between rounds."""

    def result(self) -> object:
        """What the work has brought about; equal whenever it is completed, so without identifiers and moments."""

    def leftovers(self) -> object:
        """What would be left lying about by failed work; equal before it began and after it was undone."""


@dataclass(frozen=True)
class Trial:
    """A workflow, and how a world for it is built; some work (a deletion) is never undone."""

    kind: type[Workflow]
    world: Callable[[Store], World]
    is_undone: bool = True


@dataclass(frozen=True)
class Case:
    """One way to try a workflow: where it is refused, where it dies, whether everything is done twice."""

    trial: Trial
    refused: tuple[str, str] | None = None
    dies: tuple[str, str] | None = None
    is_double: bool = False

    def __str__(self) -> str:
        told = [f"refused {' '.join(self.refused)}"] if self.refused else []
        told += [f"dies {' '.join(self.dies)}"] if self.dies else []
        told += ["twice"] if self.is_double else []
        return f"{self.trial.kind.__name__}-{' and '.join(told)}"

    def check(self, store: Store) -> None:
        """Try it; raises AssertionError."""
        world = self.trial.world(store)
        before = world.leftovers()
        with doubled(self.trial.kind) if self.is_double else nullcontext():
            world.begin()
            run(store, world, Mishaps(refuse=self.refused, die=self.dies))
        ended = store.look(lambda tx: tx.one(_LAST, sought=self.trial.kind.kind))
        assert ended is not None
        if self.refused:
            assert (ended["state"], ended["because"]) == ("failed", REFUSAL)
            assert world.leftovers() == before
        else:
            assert (ended["state"], ended["because"]) == ("done", None)
            assert world.result() == undisturbed(self.trial)


def cases(trial: Trial) -> list[Case]:
    """Every way in which this workflow is tried."""
    steps = [one.name for one in trial.kind.steps]
    undos = [one.undo_name for one in trial.kind.steps if one.undo]
    moments = [(phase, name) for name in [*steps, "finished"] for phase in ("before", "after")]
    made = [Case(trial, is_double=True)]
    made += [Case(trial, dies=moment) for moment in [*moments, *(("commit", name) for name in steps)]]
    if trial.is_undone:
        last = ("before", "finished")
        made += [Case(trial, refused=moment) for moment in moments]
        made += [Case(trial, refused=last, is_double=True)]
        deaths = [(phase, name) for name in undos for phase in ("before", "after", "commit")]
        made += [Case(trial, refused=last, dies=death) for death in deaths]
    return made


REFUSAL = "The trial refuses this."


class Dies(BaseException):
    """Ends the engine as a kill would: nothing of ours handles it."""


class Mishaps:
    """The engine's hook: refuses and dies, each once, where it is told to."""

    def __init__(self, *, refuse: tuple[str, str] | None, die: tuple[str, str] | None) -> None:
        self._refuse = refuse
        self._die = die

    def __call__(self, phase: str, step: str) -> None:
        if (phase, step) == self._die:
            self._die = None
            raise Dies
        if (phase, step) == self._refuse:
            raise Conflict(REFUSAL)


def run(store: Store, world: World, hook: Hook) -> None:
    """Work in this thread until nothing is left to do; whenever the engine dies, another takes over."""
    engine = Engine(store, moment=hook)
    for _ in range(ROUNDS):
        try:
            engine.run_ready()
        except Dies:
            engine.stop()
            engine = Engine(store, moment=hook)
            continue
        if not store.look(lambda tx: tx.value(_LIVE)):
            return
        world.go_on()
    raise AssertionError(f"the work hangs: {store.look(lambda tx: tx.all(select(works)))}")


@cache
def undisturbed(trial: Trial) -> object:
    """The result where nothing goes wrong."""
    with TemporaryDirectory() as place:
        store = Store(f"sqlite:///{place}/cloud.db", HeldClock(), durable=False)
        store.sketch()
        world = trial.world(store)
        world.begin()
        run(store, world, lambda phase, step: None)
        store.close()
        return world.result()


@contextmanager
def doubled(kind: type[Workflow]) -> Iterator[None]:
    """Meanwhile each step and each undo of the kind is done twice in a row."""
    steps = kind.steps
    kind.steps = tuple(replace(one, do=_twice(one.do), undo=_twice(one.undo) if one.undo else None) for one in steps)
    try:
        yield
    finally:
        kind.steps = steps


def _twice(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def both(*args: Any) -> Any:
        call(*args)
        return call(*args)

    return both


_LAST = select(works).where(works.c.kind == bindparam("sought")).order_by(works.c.started_at.desc()).limit(1)
_LIVE = select(func.count()).where(works.c.finished_at.is_(None))
