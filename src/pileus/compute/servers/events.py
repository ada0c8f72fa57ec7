"""What was done to a server, step by step: its work's own journal, in the API's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from pileus.compute.api import compute, no_such
from pileus.compute.changes import ACTIONS_OUTLIVE, EVENT_DETAILS, EVENT_HOSTS, EVENTS_FOR_ALL
from pileus.compute.servers.filters import moment
from pileus.compute.servers.table import alive
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.store import Page, Row, Tx, page
from pileus.kernel.values import Count
from pileus.kernel.workflow import work_steps, works

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


def _in_parts(at: Any) -> str | None:
    return None if at is None else str(at.strftime("%Y-%m-%dT%H:%M:%S.%f"))


class InstanceAction(Resource, one="instanceAction", many="instanceActions"):
    """Something that was asked of a server."""

    action: str = shown()
    instance_uuid: str = shown()
    request_id: str | None = shown()
    user_id: str | None = shown()
    project_id: str | None = shown()
    start_time: str = shown(made=_in_parts)
    updated_at: str = shown(since="2.58", made=_in_parts)
    message: str | None = shown()
    events: list[Any] = shown("show", maybe=True)
    limit: Count = given("list", default=UNSET, since="2.58")
    marker: str = given("list", default=UNSET, since="2.58")
    changes_since: str = given("list", default=UNSET, since="2.58", wire="changes-since")
    changes_before: str = given("list", default=UNSET, since="2.66", wire="changes-before")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-instance-actions:"
_OF_SERVER = select(works).where(works.c.resource == "server", works.c.resource_id == bindparam("server_id"))
_ANY = _OF_SERVER.limit(1)
_STEPS = select(work_steps).where(work_steps.c.work_id == bindparam("work_id")).order_by(work_steps.c.number)
_REQUEST = _OF_SERVER.where(works.c.request_id == bindparam("request_id"))


def server_once(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The server a path names, for callers since 2.21 even after its end; raises Missing."""
    row = alive(tx, path["server_id"])
    if row is None and who.can(ACTIONS_OUTLIVE):
        row = tx.one(_ANY, server_id=path["server_id"])
    if row is None or (row["project_id"] != who.project_id and not who.is_admin):
        raise no_such("Instance", path["server_id"])
    return {"id": path["server_id"], "project_id": row["project_id"], "request_id": path.get("request_id")}


def told(row: Row) -> dict[str, Any]:
    """A work as an action."""
    return {
        "action": row["title"],
        "instance_uuid": row["resource_id"],
        "request_id": row["request_id"],
        "user_id": row["user_id"],
        "project_id": row["project_id"],
        "start_time": row["started_at"],
        "updated_at": row["updated_at"],
        "message": row["because"] if row["state"] == "failed" else None,
    }


def _event(who: Caller, step: Row) -> dict[str, Any]:
    """A step as an event; why it failed is for administrators, and since 2.84 for owners too."""
    found = {
        "event": f"compute_{step['name']}",
        "start_time": _in_parts(step["started_at"]),
        "finish_time": _in_parts(step["finished_at"]),
        "result": step["result"],
        "traceback": None,
    }
    if who.can(EVENT_HOSTS):
        found["hostId"] = ""
        if who.may(RULE + "events"):
            found["host"] = step["host"]
    if who.can(EVENT_DETAILS):
        found["details"] = step["because"]
    return found


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/servers/{server_id}/os-instance-actions"


@compute.route(f"GET {PATH}", InstanceAction, "list", rule=RULE + "list", of=server_once)
def list_actions(tx: Tx, who: Caller, target: Mapping[str, Any], asked: InstanceAction) -> Page:
    """What was asked of a server, newest first; the marker is a request's identifier."""
    chosen = select(works).where(works.c.resource == "server", works.c.resource_id == target["id"])
    if asked.changes_since is not UNSET:
        chosen = chosen.where(works.c.updated_at >= moment(asked.changes_since))
    if asked.changes_before is not UNSET:
        chosen = chosen.where(works.c.updated_at <= moment(asked.changes_before))
    limit = None if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    found = page(tx, chosen, works, limit=limit, marker=marker, sort=[("started_at", "desc")], tie="request_id")
    return Page([told(row) for row in found.rows], found.more, "request_id")


@compute.route(f"GET {PATH}/{{request_id}}", InstanceAction, "show", rule=RULE + "show", of=server_once)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> dict[str, Any]:
    """One action, with its events for those who may see them."""
    row = tx.one(_REQUEST, server_id=target["id"], request_id=target["request_id"])
    if row is None:
        raise Missing(f"Action for request_id {target['request_id']} on instance {target['id']} not found")
    if not who.can(EVENTS_FOR_ALL) and not who.may(RULE + "events"):
        return told(row)
    steps = tx.all(_STEPS, work_id=row["id"])
    return {**told(row), "events": [_event(who, step) for step in steps]}
