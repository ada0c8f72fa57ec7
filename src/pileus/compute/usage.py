"""Usage: how long a project's servers ran, times what they had."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select

from pileus.compute.api import compute
from pileus.compute.servers.filters import moment
from pileus.compute.servers.table import ALIVE, servers
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET, Resource, given
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

MOMENT = "%Y-%m-%dT%H:%M:%S.%f"
USUAL = timedelta(weeks=4)
MOST = 1000


class UsageQuery(Resource):
    """From when to when, and whether server by server."""

    start: str = given("list show", default=UNSET)
    end: str = given("list show", default=UNSET)
    detailed: str = given("list show", default="0")
    limit: str = given("list show", default=UNSET, since="2.40")
    marker: str = given("list show", default=UNSET, since="2.40")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_LIVED = select(servers).where(servers.c.created_at < bindparam("end"), servers.c.launched_at.is_not(None))
_ALIVE = _LIVED.where(ALIVE)
_ENDED = _LIVED.where(servers.c.deleted_at > bindparam("start"))


class Span:
    """A stretch of time."""

    def __init__(self, tx: Tx, asked: UsageQuery) -> None:
        self.end = tx.now if asked.end is UNSET else moment(asked.end)
        self.start = self.end - USUAL if asked.start is UNSET else moment(asked.start)
        self.now = tx.now
        if self.start > self.end:
            raise Invalid("Invalid start time. The start time cannot occur after the end time.")


def _lives(tx: Tx, span: Span, project_id: str | None = None) -> list[dict[str, Any]]:
    """Every server that lived in the span: those that do still, and those that have ended."""
    lives = [*tx.all(_ALIVE, end=span.end), *tx.all(_ENDED, start=span.start, end=span.end)]
    return [dict(one) for one in lives if project_id in (None, one["project_id"])]


def _hours(span: Span, life: Mapping[str, Any]) -> float:
    begun = max(span.start, life["launched_at"] or life["created_at"])
    over = min(span.end, life["deleted_at"] or span.now)
    seconds: float = (over - begun).total_seconds()
    return max(0.0, seconds / 3600)


def _server(span: Span, life: Mapping[str, Any]) -> dict[str, Any]:
    flavor = life["flavor"]
    begun = life["launched_at"] or life["created_at"]
    over = life["deleted_at"]
    return {
        "instance_id": life["id"],
        "name": life["name"],
        "tenant_id": life["project_id"],
        "flavor": flavor["name"],
        "vcpus": flavor["vcpus"],
        "memory_mb": flavor["ram"],
        "local_gb": flavor["disk"] + flavor["ephemeral"],
        "hours": _hours(span, life),
        "started_at": begun.strftime(MOMENT),
        "ended_at": over.strftime(MOMENT) if over else None,
        "state": "terminated" if over else str(life["vm_state"]),
        "uptime": int(((over or span.now) - begun).total_seconds()),
    }


def _project(span: Span, project_id: str, lives: Sequence[Mapping[str, Any]], *, detailed: bool) -> dict[str, Any]:
    each = [_server(span, life) for life in lives]
    found: dict[str, Any] = {
        "tenant_id": project_id,
        "start": span.start.strftime(MOMENT),
        "stop": span.end.strftime(MOMENT),
        "total_hours": sum(one["hours"] for one in each),
        "total_vcpus_usage": sum(one["hours"] * one["vcpus"] for one in each),
        "total_memory_mb_usage": sum(one["hours"] * one["memory_mb"] for one in each),
        "total_local_gb_usage": sum(one["hours"] * one["local_gb"] for one in each),
    }
    return {**found, "server_usages": each} if detailed else found


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-simple-tenant-usage:"


@compute.route("GET /os-simple-tenant-usage", UsageQuery, "list", rule=RULE + "list")
def list_usages(tx: Tx, who: Caller, target: Mapping[str, Any], asked: UsageQuery) -> Answer:
    """What every project used."""
    span = Span(tx, asked)
    by_project: dict[str, list[dict[str, Any]]] = {}
    for life in _lives(tx, span):
        by_project.setdefault(life["project_id"], []).append(life)
    each = [_project(span, name, lives, detailed=asked.detailed == "1") for name, lives in sorted(by_project.items())]
    return Answer({"tenant_usages": each}, raw=True)


def whose(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The project a path names."""
    return {"project_id": path["project_id"]}


@compute.route("GET /os-simple-tenant-usage/{project_id}", UsageQuery, "show", rule=RULE + "show", of=whose)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: UsageQuery) -> Answer:
    """What one project used, server by server; a page of it where a limit is given."""
    span = Span(tx, asked)
    lives = sorted(_lives(tx, span, target["project_id"]), key=lambda life: str(life["id"]))
    if asked.marker is not UNSET:
        if all(life["id"] != asked.marker for life in lives):
            raise Invalid(f"marker [{asked.marker}] not found")
        lives = [life for life in lives if life["id"] > asked.marker]
    limit = _limit(asked)
    shown = lives[:limit]
    usage = _project(span, target["project_id"], shown, detailed=True) if shown else {}
    more = _links(tx, target["project_id"], shown) if len(lives) > limit and shown else {}
    return Answer({"tenant_usage": usage, **more}, raw=True)


def _limit(asked: UsageQuery) -> int:
    if asked.limit is UNSET:
        return MOST
    if not re.fullmatch(r"[0-9]{1,9}", asked.limit):
        raise Invalid(f"Invalid input for query parameters limit. Value: {asked.limit}.")
    return min(int(asked.limit), MOST) or MOST


def _links(tx: Tx, project_id: str, shown: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    url = f"{tx.part(PublicUrl).value}/compute/v2.1/os-simple-tenant-usage/{project_id}?marker={shown[-1]['id']}"
    return {"tenant_usage_links": [{"rel": "next", "href": url}]}
