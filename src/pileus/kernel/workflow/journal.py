"""Work as rows: what runs on what, how far it is, who holds it, what follows; and begin, wake, running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, bindparam, literal_column, select, text

from pileus.kernel import errors
from pileus.kernel.errors import NotNow, Refusal
from pileus.kernel.tables import Document, Id, Moment, Name, Row, metadata
from pileus.kernel.transaction import Tx
from pileus.kernel.workflow.steps import Workflow

TOPIC = "works"
"""Told whenever some work may have become due."""

works = Table(
    "works",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("resource", String(64), nullable=False),
    Column("resource_id", Name, nullable=False),
    Column("title", String(64), nullable=False),
    Column("state", String(8), nullable=False, default="running"),
    Column("notes", Document, nullable=False),
    Column("user_id", Id),
    Column("project_id", Id),
    Column("request_id", Id),
    Column("started_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("because", Text),
    Column("refusal", Document),
    Column("step", Integer, nullable=False, default=0),
    Column("step_started_at", Moment),
    Column("stumbles", Integer, nullable=False, default=0),
    Column("follower", Document),
    Column("due_at", Moment, nullable=False),
    Column("node", Name),
    Column("boot", Id),
    Column("claim", Integer, nullable=False, default=0),
    Column("leased_until", Moment),
    info={"kind": "work", "history": False},
)
"""`state`: running, back (being undone), done, failed.  `step` is the next to do or to undo; when it was begun, and
how often it stumbled, stand beside it.  `follower` begins when this ends.  A lease names node, boot and claim."""

LIVE = works.c.state.in_([literal_column("'running'"), literal_column("'back'")])
Index(
    "uq_works_live",
    works.c.resource,
    works.c.resource_id,
    unique=True,
    sqlite_where=LIVE,
    postgresql_where=LIVE,
)
Index("ix_works_due", works.c.due_at, sqlite_where=LIVE, postgresql_where=LIVE)
Index(None, works.c.resource, works.c.resource_id, works.c.started_at)
Index(None, works.c.finished_at)

work_steps = Table(
    "work_steps",
    metadata,
    Column("work_id", Id, ForeignKey(works.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("undone_at", Moment),
    Column("result", String(16)),
    Column("because", Text),
    Column("host", Name),
    info={"kind": "work_step", "history": False},
)
"""What happened at each step, for lists of events; `result` is None while it runs, then Success or Error."""

_running = select(works).where(
    works.c.resource == bindparam("resource"), works.c.resource_id == bindparam("resource_id"), LIVE
)
_GIVEN = ("id", "kind", "version", "resource", "resource_id", "title", "notes", "user_id", "project_id", "request_id")
_AT_FIRST = {"state": "'running'", "step": "0", "stumbles": "0", "claim": "0"}
_AT_FIRST |= dict.fromkeys(("started_at", "updated_at", "due_at"), ":at")

_enter = text(
    f"INSERT INTO works ({', '.join([*_GIVEN, *_AT_FIRST])})"
    f" VALUES ({', '.join([*(f':{name}' for name in _GIVEN), *_AT_FIRST.values()])}) ON CONFLICT DO NOTHING"
).bindparams(*(bindparam(name, type_=works.c[name].type) for name in _GIVEN), bindparam("at", type_=Moment))
"""As text, because both databases know these words but SQLAlchemy has them only for one at a time."""

_next: dict[str, Any] = {"follower": bindparam("next"), "due_at": bindparam("at")}
_follow = works.update().where(works.c.id == bindparam("work")).values(_next)
_wake = (
    works.update()
    .where(works.c.resource == bindparam("of"), works.c.resource_id == bindparam("which"), LIVE)
    .values(due_at=bindparam("at"))
)


_ended = select(works.c.id).where(works.c.finished_at < bindparam("before")).order_by(works.c.finished_at)
LONG_PAST = works.delete().where(works.c.id.in_(_ended.limit(bindparam("most"))))
"""Strikes work, with its steps, that ended before `before`: at most `most`, those that ended first."""


def running(tx: Tx, resource: str, resource_id: str) -> Row | None:
    """The work that runs on a thing, if any."""
    return tx.one(_running, resource=resource, resource_id=resource_id)


def begin(tx: Tx, work: Workflow, *, follows: Literal["refuse", "follow"] = "refuse") -> str:
    """Write down work to be done, and return its identifier; workers take it once this is committed.

    Where other work runs on the thing: "refuse" raises NotNow; "follow" makes that work turn back at its next
    boundary and this one begin when it has.  To follow twice with the same kind is to follow once.
    """
    wanted = _written(tx, work)
    tx.tell(TOPIC)
    if enter(tx, wanted):
        return str(wanted["id"])
    now = running(tx, work.resource, work.resource_id)
    if now is None:
        raise RuntimeError(f"work {wanted['id']} was neither begun nor refused")
    ahead = now["follower"] or now
    if follows == "follow" and ahead["kind"] == work.kind:
        return str(ahead["id"])
    if follows == "refuse" or now["follower"]:
        raise NotNow(f"The {work.resource.replace('_', ' ')} is busy: '{now['title']}' is under way.")
    tx.run(_follow, work=now["id"], next=wanted, at=tx.now)
    return str(wanted["id"])


def enter(tx: Tx, wanted: Mapping[str, Any]) -> bool:
    """Begin work as it was written down, unless other work runs on the thing.

    It does not look first: under SERIALIZABLE those who begin work on different things at once would be in each
    other's way, because what they read and what they write lies on the same pages.
    """
    return bool(tx.run(_enter, **wanted, at=tx.now))


def _written(tx: Tx, work: Workflow) -> dict[str, Any]:
    who = tx.who
    return {
        "id": tx.new_id(),
        "kind": work.kind,
        "version": work.version,
        "resource": work.resource,
        "resource_id": work.resource_id,
        "title": work.title,
        "notes": work.notes(),
        "user_id": who.user_id if who else None,
        "project_id": who.project_id if who else None,
        "request_id": who.request_id if who else None,
    }


def wake(tx: Tx, resource: str, resource_id: str) -> None:
    """Something that a wait of this thing's work may look at has changed."""
    if tx.run(_wake, of=resource, which=resource_id, at=tx.now):
        tx.tell(TOPIC)


def record(refusal: Refusal) -> dict[str, Any]:
    """A refusal as the journal keeps it."""
    return {"meaning": type(refusal).__name__, "logged": refusal.logged, "extra": refusal.extra}


def told(row: Row) -> Refusal:
    """The refusal that turned work back, as it was raised."""
    kept = row["refusal"]
    kind = getattr(errors, kept["meaning"], errors.Conflict)
    made: Refusal = kind.__new__(kind)
    Refusal.__init__(made, row["because"], kept["logged"], extra=kept["extra"])
    return made
