"""One work is taken as far as it goes: stretches of steps, each a transaction, with outside acts between them.

A stretch commits what goes well.  Trouble rolls it back; then the steps before the trouble are committed and the
trouble is settled in a transaction of its own, so that what the journal says is what happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pileus.kernel.errors import Broken, NotNow, Refusal, Unavailable
from pileus.kernel.store import Store
from pileus.kernel.transaction import Tx
from pileus.kernel.workflow.leases import Lease, Lost, release
from pileus.kernel.workflow.progress import Act, Progress
from pileus.kernel.workflow.steps import Retry, Workflow

log = structlog.get_logger("pileus.workflow")

Phase = Literal["before", "after", "commit"]
Hook = Callable[[Phase, str], object]
"""Called around every act and after every commit, with the act's name; tests crash or refuse here."""

RECHECK = 15.0
"""Seconds after which a wait asks again although nobody woke it."""

PAUSES = (1.0, 3.0, 9.0)
"""Seconds before a step that stumbled (an unexpected error, or Unavailable) is tried again."""

LONGEST_PAUSE = 60.0
"""Seconds between the tries of an undo, which is never given up."""


class Trouble(Exception):
    """What an act raised; the transaction it was raised in is rolled back."""

    def __init__(self, act: Act, error: Exception, *, is_first: bool = True, work: Workflow | None = None) -> None:
        super().__init__(f"{act.name}: {error}")
        self.act = act
        self.error = error
        self.is_first = is_first
        """Whether nothing went well before it in its stretch."""
        self.work = work
        """The notes as an outside act left them."""


@dataclass(frozen=True)
class Halt:
    """Where a stretch stopped: before an outside act, to be gone on with at once, or let go of (`is_over`)."""

    last: str
    is_over: bool = False
    pause: float | None = None
    """Seconds until it is due again, if it waits."""
    act: Act | None = None
    work: Workflow | None = None


class Walk:
    """Takes one leased work as far as it goes."""

    def __init__(self, store: Store, lease: Lease, hook: Hook, is_stopping: Callable[[], bool]) -> None:
        self._store = store
        self._lease = lease
        self._hook = hook
        self._is_stopping = is_stopping

    def go(self) -> float | None:
        """Until it waits (seconds until it is due again), ends, or the engine stops; raises Lost if another took it."""
        done: Workflow | None = None
        stop: Act | None = None
        while done or not self._is_stopping():
            try:
                halt = self._stretch(done, stop)
                done = stop = None
                if halt.act is not None:
                    done = self._outside(halt.act, halt.work)
            except Trouble as trouble:
                if not trouble.is_first:
                    stop = trouble.act
                    continue
                done = stop = None
                halt = self._settle(trouble)
            if halt.is_over:
                return halt.pause
        self._store.claim(release, self._lease)
        return None

    def _stretch(self, done: Workflow | None, stop: Act | None) -> Halt:
        def rule(tx: Tx) -> Halt:
            return Stretch(Progress(tx, self._lease), self._hook).go(done, stop)

        try:
            return self._commit(rule)
        except (Trouble, Lost):
            raise
        except Exception as error:
            raise Trouble(NO_ACT, error) from error

    def _settle(self, trouble: Trouble) -> Halt:
        return self._commit(lambda tx: settle(Progress(tx, self._lease), trouble))

    def _commit(self, rule: Callable[[Tx], Halt]) -> Halt:
        halt = self._store.write(rule, who=self._lease.who)
        if halt.last:
            self._hook("commit", halt.last)
        return halt

    def _outside(self, act: Act, work: Workflow | None) -> Workflow | None:
        try:
            self._hook("before", act.name)
            act.call(self._store, work)
            self._hook("after", act.name)
        except Exception as error:
            raise Trouble(act, error, work=work) from error
        return work


NO_ACT = Act(-1, "save", lambda: None, "here")
"""Stands for the transaction itself, where the database refused it."""


class Stretch:
    """One transaction of one work: adjacent acts that touch only the database."""

    def __init__(self, here: Progress, hook: Hook) -> None:
        self._here = here
        self._hook = hook
        self._last = ""

    def go(self, done: Workflow | None, stop: Act | None) -> Halt:
        """Go on: `done` is the work after an outside act; before the act `stop`, write down and halt."""
        here = self._here
        if done is not None:
            here.work = done
            self._pass_on(here.act())
        follower = here.row["follower"]
        if follower and not here.is_back and here.at < len(here.work.steps):
            here.turn_back(NotNow(f"Given up because '{follower['title']}' was asked for."))
            here.hold()
            return Halt(self._last)
        while True:
            act = here.act()
            if act.way == "outside" or (stop is not None and (act.at, act.name) == (stop.at, stop.name)):
                here.hold()
                return Halt(self._last, act=act if act.way == "outside" else None, work=here.work)
            if not self._call(act):
                pause = self._pause(act)
                here.park(here.tx.now + timedelta(seconds=pause))
                return Halt(self._last, is_over=True, pause=pause)
            if act.is_last:
                here.end()
                return Halt(act.name, is_over=True)
            self._pass_on(act)

    def _call(self, act: Act) -> bool:
        """Whether the act is done; only a wait is ever not."""
        try:
            self._hook("before", act.name)
            answer = act.call(self._here.tx, self._here.work)
            if act.way == "wait" and not answer:
                if self._here.is_late(act):
                    raise NotNow(act.late())
                return False
            self._hook("after", act.name)
            return True
        except SQLAlchemyError:
            raise
        except Exception as error:
            raise Trouble(act, error, is_first=not self._last) from error

    def _pass_on(self, act: Act) -> None:
        self._here.pass_on()
        self._last = act.name

    def _pause(self, act: Act) -> float:
        """Seconds until a wait asks again by itself."""
        here = self._here
        waited = (here.tx.now - (here.begun_at or here.tx.now)).total_seconds()
        return min(RECHECK, (act.deadline or RECHECK) - waited)


def settle(here: Progress, trouble: Trouble) -> Halt:
    """Write down what becomes of a work after an act raised something: again later, or back."""
    error = trouble.error
    here.work = trouble.work or here.work
    pause = _again_after(here, trouble)
    if pause is not None:
        here.stumbles += 0 if isinstance(error, Retry) else 1
        here.park(here.tx.now + timedelta(seconds=pause))
        return Halt("", is_over=True, pause=pause)
    refusal = _refusal(trouble)
    log.info("turned back", work=here.row["kind"], id=here.row["id"], step=trouble.act.name, because=refusal.logged)
    here.tell("Error", refusal.said)
    here.turn_back(refusal)
    here.hold()
    return Halt("")


def _refusal(trouble: Trouble) -> Refusal:
    """Why the work turns back, as its owner may read it."""
    if isinstance(trouble.error, Retry):
        return NotNow(trouble.act.late())
    return trouble.error if isinstance(trouble.error, Refusal) else Broken()


def _again_after(here: Progress, trouble: Trouble) -> float | None:
    """Seconds until the act is tried again, or None where the work turns back."""
    error = trouble.error
    if isinstance(error, Retry):
        return None if here.is_late(trouble.act) else error.after
    if isinstance(error, Refusal) and not isinstance(error, Unavailable) and not here.is_back:
        return None
    log.error("stumbled", work=here.row["kind"], id=here.row["id"], step=trouble.act.name, exc_info=error)
    if here.is_back:
        return float(min(LONGEST_PAUSE, 2**here.stumbles))
    return PAUSES[here.stumbles] if here.stumbles < len(PAUSES) else None
