"""Tasks: what became of imports, for who asked for them, and a way for administrators to ask for one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Column, Index, String, Table, Text, bindparam, delete, select

from pileus.image.api import image
from pileus.image.images.rules import one_image
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid, Missing
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata, page
from pileus.kernel.values import Count

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Status = Literal["pending", "processing", "success", "failure"]
Type = Literal["import", "api_image_import", "location_import"]


class Task(Resource, many="tasks"):
    """Long work on an image, as who asked for it may follow it."""

    id: str = shown()
    type: Type = shown()
    status: Status = shown()
    owner: str = shown()
    image_id: str | None = shown()
    request_id: str | None = shown()
    user_id: str | None = shown()
    input: dict[str, Any] | None = shown("show")
    result: dict[str, Any] | None = shown("show")
    message: str = shown("show")
    created_at: datetime = shown()
    updated_at: datetime = shown()
    expires_at: datetime | None = shown()
    self: str = shown()
    schema: str = shown()


class TaskQuery(Resource, many="tasks"):
    """Which tasks a list is to hold."""

    limit: Count = given("list", default=25)
    marker: str = given("list", default=UNSET)
    sort_key: str = given("list", default="created_at")
    sort_dir: str = given("list", default="desc")
    status: str = given("list", default=UNSET)
    type: str = given("list", default=UNSET)


SORTS = ("id", "type", "status", "owner", "created_at", "updated_at", "expires_at")

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

tasks = Table(
    "image_tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("type", String(32), nullable=False),
    Column("status", String(16), nullable=False, default="pending"),
    Column("owner", Name),
    Column("image_id", Id),
    Column("request_id", Id),
    Column("user_id", Id),
    Column("input", Document),
    Column("result", Document),
    Column("message", Text, nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Index(None, "created_at", "id"),
    Index(None, "image_id"),
    info={"kind": "image_task"},
)

_OF_IMAGE = select(tasks).where(tasks.c.image_id == bindparam("image_id")).order_by(tasks.c.created_at, tasks.c.id)
_EXPIRED = delete(tasks).where(tasks.c.expires_at < bindparam("now"))

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

KEPT = timedelta(hours=48)
"""How long the task of work that has ended can be looked up."""


def add_task(tx: Tx, who: Caller, **values: Any) -> Row:
    """A task that waits for its turn."""
    asker = {"owner": who.project_id, "user_id": who.user_id, "request_id": who.request_id}
    return tx.insert(tasks, **asker, **values, updated_at=tx.now)


def begin_working(tx: Tx, task_id: str) -> None:
    """The work has begun."""
    _change(tx, task_id, status="processing")


def tell(tx: Tx, task_id: str, message: str) -> None:
    """How far the work is."""
    _change(tx, task_id, message=message)


def succeed(tx: Tx, task_id: str, result: Mapping[str, Any]) -> None:
    """The work is done."""
    _change(tx, task_id, status="success", result=dict(result), expires_at=tx.now + KEPT)


def fail(tx: Tx, task_id: str, message: str) -> None:
    """The work was turned back."""
    _change(tx, task_id, status="failure", message=message or "The task failed.", expires_at=tx.now + KEPT)


def _change(tx: Tx, task_id: str, **values: Any) -> None:
    row = tx.find(tasks, task_id)
    if row is not None:
        tx.change(tasks, row, **values)


def forget_expired(tx: Tx) -> int:
    """Forget tasks whose time is over; how many."""
    return tx.run(_EXPIRED, now=tx.now)


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A task as it is shown."""
    return {**row, "self": f"/v2/tasks/{row['id']}", "schema": "/v2/schemas/task"}


def one_task(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The task a path names; others' do not exist."""
    if not who.may("tasks_api_access"):
        raise Forbidden("Policy doesn't allow tasks_api_access to be performed.")
    row = tx.find(tasks, path["task_id"])
    if row is None:
        raise Missing(f"No task found with ID {path['task_id']}")
    return row


def many_tasks(tx: Tx, asked: TaskQuery) -> Page:
    """A page of all tasks; raises Invalid."""
    chosen = select(tasks)
    if asked.status is not UNSET:
        if asked.status not in ("pending", "processing", "success", "failure"):
            raise Invalid(f"Invalid status: {asked.status}.")
        chosen = chosen.where(tasks.c.status == asked.status)
    if asked.type is not UNSET:
        chosen = chosen.where(tasks.c.type == asked.type)
    if asked.sort_key not in SORTS or asked.sort_dir not in ("asc", "desc"):
        raise Invalid(f"Invalid sort key or direction: {asked.sort_key} {asked.sort_dir}.")
    if not asked.limit:
        return Page([], more=False)
    marker = None if asked.marker is UNSET else asked.marker
    sort = [(asked.sort_key, asked.sort_dir)]
    return page(tx, chosen, tasks, limit=asked.limit, marker=marker, sort=sort, scope=select(tasks))


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@image.route("GET /tasks", TaskQuery, "list", rule="tasks_api_access")
def list_tasks(tx: Tx, who: Caller, target: Mapping[str, Any], asked: TaskQuery) -> Answer:
    """All tasks, without what they were asked."""
    found = many_tasks(tx, asked)
    return Answer(Page([told(row) for row in found.rows], found.more), kind=Task)


@image.route("GET /tasks/{task_id}", Task, "show", rule="get_task", of=one_task)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Task) -> dict[str, Any]:
    """One task."""
    return told(target)


@image.route("GET /images/{image_id}/tasks", Task, "list", rule="get_tasks", of=one_image, view="show")
def tasks_of_image(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Task) -> list[dict[str, Any]]:
    """What was done on an image, whole."""
    return [told(row) for row in tx.all(_OF_IMAGE, image_id=target["id"])]
