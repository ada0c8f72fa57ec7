"""A work at hand within one transaction: what comes next, what the journal says of it, how it is put down again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam

from pileus.kernel.errors import Refusal
from pileus.kernel.tables import Row
from pileus.kernel.transaction import Tx
from pileus.kernel.workflow.journal import TOPIC, enter, record, told, work_steps, works
from pileus.kernel.workflow.leases import Lease, held
from pileus.kernel.workflow.steps import KINDS, Call, Way


@dataclass(frozen=True)
class Act:
    """Something to call: a step, an undo, or the last word (`is_last`)."""

    at: int
    name: str
    call: Call
    way: Way
    deadline: float | None = None
    is_last: bool = False

    def late(self) -> str:
        """The sentence for its deadline."""
        return f"'{self.name.replace('_', ' ')}' did not come true within {self.deadline:g} seconds."


class Progress:
    """How far a work is; changed here, and written once, by `hold`, `park` or `end`."""

    def __init__(self, tx: Tx, lease: Lease) -> None:
        self.tx = tx
        self.row: Row = held(tx, lease)
        self.work = KINDS[self.row["kind"], self.row["version"]].of(self.row["notes"])
        self.work.who = lease.who
        self.is_back: bool = self.row["state"] == "back"
        self.at: int = self.row["step"]
        self.begun_at: datetime | None = self.row["step_started_at"]
        self.stumbles: int = self.row["stumbles"]
        self._lines: list[dict[str, Any]] = []
        self._more: dict[str, Any] = {}
        self.because = told(self.row) if self.is_back else None

    def act(self) -> Act:
        """What comes next."""
        return self._undo() if self.is_back else self._step()

    def _step(self) -> Act:
        if self.at == len(self.work.steps):
            return Act(self.at, "finished", lambda tx, work: work.finished(tx), "here", is_last=True)
        step = self.work.steps[self.at]
        return Act(self.at, step.name, step.do, step.way, step.deadline)

    def _undo(self) -> Act:
        while self.at >= 0:
            step = self.work.steps[self.at]
            if step.undo is not None:
                return Act(self.at, step.undo_name, step.undo, step.way)
            self.at -= 1
        because = self.because
        return Act(-1, "failed", lambda tx, work: work.failed(tx, because), "here", is_last=True)

    def pass_on(self) -> None:
        """The act at hand is done."""
        if self.is_back:
            self.tx.run(_UNDONE, of=self.row["id"], which=self.at, now=self.tx.now)
        else:
            self.tell("Success")
        self.at += -1 if self.is_back else 1
        self.begun_at = None
        self.stumbles = 0

    def turn_back(self, because: Refusal) -> None:
        """From here on undo; the step at hand too if it has begun outside, where nothing rolls it back."""
        begun = self.begun_at is not None and self.act().way == "outside"
        self.is_back = True
        self.at -= 0 if begun else 1
        self.begun_at = None
        self.stumbles = 0
        self.because = because
        self._more = {"state": "back", "because": because.said, "refusal": record(because)}

    def hold(self) -> None:
        """Write it down and keep the lease: this process goes on."""
        self._begin()
        self._write()

    def park(self, due_at: datetime) -> None:
        """Write it down and let go of it until it is due or woken."""
        self._begin()
        self._write(due_at=due_at, leased_until=None)

    def end(self) -> None:
        """Write it down for good, and begin what follows."""
        state = "failed" if self.is_back else "done"
        self._write(state=state, finished_at=self.tx.now, leased_until=None)
        if self.row["follower"]:
            enter(self.tx, self.row["follower"])
            self.tx.tell(TOPIC)

    def is_late(self, act: Act) -> bool:
        """Whether the act's deadline has passed."""
        begun_at = self.begun_at or self.tx.now
        return act.deadline is not None and self.tx.now >= begun_at + timedelta(seconds=act.deadline)

    def tell(self, result: str | None, because: str | None = None) -> None:
        """Journal what became of the step at hand (None: it has begun)."""
        if self.at == len(self.work.steps):
            return
        ended = self.tx.now if result else None
        if self.begun_at is not None:
            told = {"ended": ended, "outcome": result, "reason": because}
            self.tx.run(_TOLD, of=self.row["id"], which=self.at, **told)
            return
        line = {"work_id": self.row["id"], "number": self.at, "name": self.work.steps[self.at].name}
        times = {"started_at": self.tx.now, "finished_at": ended, "undone_at": None}
        host = getattr(self.work, "host_id", None)
        self._lines.append({**line, **times, "result": result, "because": because, "host": host})

    def _begin(self) -> None:
        if not self.is_back and self.begun_at is None:
            self.tell(None)
            self.begun_at = self.tx.now

    def _write(self, **values: Any) -> None:
        if self._lines:
            self.tx.run_many(work_steps.insert(), self._lines)
        place = {"step": self.at, "step_started_at": self.begun_at, "stumbles": self.stumbles}
        self.tx.change(works, self.row, **{**place, "notes": self.work.notes(), **self._more, **values})


_MINE = (work_steps.c.work_id == bindparam("of"), work_steps.c.number == bindparam("which"))
_UNDONE = work_steps.update().where(*_MINE).values(undone_at=bindparam("now"))
_TOLD = (
    work_steps.update()
    .where(*_MINE)
    .values(finished_at=bindparam("ended"), result=bindparam("outcome"), because=bindparam("reason"))
)
