"""What a workflow is made of: steps that do and undo, waits, and the class that lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import msgspec

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Refusal
from pileus.kernel.transaction import Tx

Way = Literal["here", "outside", "wait"]
Call = Callable[..., Any]


class Retry(Exception):
    """Raised by a step: nothing is wrong, call me again later."""

    def __init__(self, after: float) -> None:
        super().__init__(f"again in {after} s")
        self.after = after


@dataclass(frozen=True)
class Step:
    """One entry of a workflow's list."""

    do: Call
    undo: Call | None
    way: Way
    deadline: float | None = None
    """Seconds from its first call after which a wait, or a step that retries, has failed."""
    because: str = ""
    """Why there is no undo."""

    @property
    def name(self) -> str:
        """The plain verb phrase of the function."""
        return _name(self.do)

    @property
    def undo_name(self) -> str:
        """The same of its undo."""
        return _name(self.undo)


def _name(call: Any) -> str:
    return str(getattr(call, "__name__", call))


def step(do: Call, undo: Call | None, *, deadline: float | None = None, because: str = "") -> Step:
    """A step that touches only the database: `do(tx, work)`; without an undo it says why."""
    return _checked(Step(do, undo, "here", deadline, because))


def outside(do: Call, undo: Call | None, *, deadline: float | None = None, because: str = "") -> Step:
    """A step that touches more than the database: `do(store, work)`, with no transaction held."""
    return _checked(Step(do, undo, "outside", deadline, because))


def wait(until: Call, deadline: float) -> Step:
    """Go on once `until(tx, work)` is true: asked at once, and whenever the work is woken."""
    return Step(until, None, "wait", deadline)


def _checked(made: Step) -> Step:
    if (made.undo is None) != bool(made.because):
        raise TypeError(f"step {made.name} has either an undo or a reason to have none")
    return made


def minutes(count: float) -> float:
    """Minutes in seconds."""
    return count * 60


class Workflow:
    """Long work as a list of steps; a subclass is a dataclass whose fields are its notes (see the package).

    A kind that changes so that older work cannot be resumed by it gets another `version`, and the older class
    stays, under the same `kind`, for as long as such work may run.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    resource: ClassVar[str]
    """The kind of thing worked on; the field `<resource>_id` names which."""
    title: ClassVar[str]
    """What people call it: the action's name in lists of actions."""
    steps: ClassVar[tuple[Step, ...]]

    who: Caller | None = None
    """On whose behalf it is done: what steps write is told so, outside ones say `store.write(…, who=work.who)`.
    (Not one of the notes: this class is no dataclass.)"""

    def __init_subclass__(cls) -> None:
        cls.kind = cls.__dict__.get("kind", cls.__name__)
        known = KINDS.setdefault((cls.kind, cls.version), cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two workflows are called {cls.kind} version {cls.version}")
        KINDS[cls.kind, cls.version] = cls

    @property
    def resource_id(self) -> str:
        """Which thing is worked on."""
        return str(getattr(self, f"{self.resource}_id"))

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The last act of work that was turned back, in the transaction that ends it."""

    def finished(self, tx: Tx) -> None:
        """The last act of work that was completed, in the transaction that ends it."""

    def notes(self) -> dict[str, Any]:
        """Its fields as the journal keeps them."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    @classmethod
    def of(cls, notes: dict[str, Any]) -> Self:
        """The work those notes belong to; fields unknown here are ignored."""
        return msgspec.convert(notes, cls)


KINDS: dict[tuple[str, int], type[Workflow]] = {}
"""Every workflow this process knows, by kind and version; only these does it resume."""
