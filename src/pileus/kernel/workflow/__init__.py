"""Long work that survives: a class with typed notes and a list of steps, journaled, undone, resumed, leased.

    @dataclass
    class CreateServer(Workflow):
        \"\"\"From an accepted request to a running guest.\"\"\"
        server_id: str
        host_id: str | None = None
        resource = "server"
        title = "create"
        steps = (
            step(choose_place, undo=release_place),
            outside(make_disk, undo=delete_disk),
            step(hand_to_host, undo=withdraw),
            wait(is_running, deadline=minutes(10)),
        )

Adjacent steps that touch only the database share one commit.  Each step may run twice; each undo may run when its
step never ran or half ran.  A refusal turns the work back: undos run in reverse, then `failed`.  An unexpected
error, or Unavailable, is tried again three times first.  A step that raises `Retry(after)` is called again later.
"""

from __future__ import annotations

from pileus.kernel.workflow.advance import Hook
from pileus.kernel.workflow.engine import Engine
from pileus.kernel.workflow.journal import LONG_PAST, begin, running, wake, work_steps, works
from pileus.kernel.workflow.steps import KINDS, Retry, Step, Workflow, minutes, outside, step, wait

__all__ = [
    "KINDS",
    "LONG_PAST",
    "Engine",
    "Hook",
    "Retry",
    "Step",
    "Workflow",
    "begin",
    "minutes",
    "outside",
    "running",
    "step",
    "wait",
    "wake",
    "work_steps",
    "works",
]
