"""Which endpoints a project sees, where it shall not see all: chosen one by one, or by endpoint groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, bindparam, select

from pileus.identity.api import identity, no_such
from pileus.identity.catalog.endpoints import Endpoint, endpoints, one_endpoint, shown_endpoint
from pileus.identity.catalog.groups import EndpointGroup, endpoint_groups, existing_group, is_in, one_group, shown_group
from pileus.identity.listing import listed
from pileus.identity.projects.rules import one_project, shown_projects
from pileus.identity.projects.shape import Project
from pileus.identity.projects.table import projects
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.store import Id, Page, Row, Tx, metadata

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

project_endpoints = Table(
    "identity_project_endpoints",
    metadata,
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), primary_key=True),
    Column("endpoint_id", Id, ForeignKey("identity_endpoints.id", ondelete="CASCADE"), primary_key=True, index=True),
    info={"kind": "project_endpoint"},
)

project_endpoint_groups = Table(
    "identity_project_endpoint_groups",
    metadata,
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", Id, ForeignKey("identity_endpoint_groups.id", ondelete="CASCADE"), primary_key=True, index=True),
    info={"kind": "project_endpoint_group"},
)

_CHOSEN = select(project_endpoints.c.endpoint_id).where(project_endpoints.c.project_id == bindparam("project_id"))
_GROUPS = (
    select(endpoint_groups)
    .join(project_endpoint_groups, project_endpoint_groups.c.group_id == endpoint_groups.c.id)
    .where(project_endpoint_groups.c.project_id == bindparam("project_id"))
)


def chosen_for(tx: Tx, project_id: str, rows: list[Row]) -> list[Row] | None:
    """Those endpoints that were chosen for a project; None where no choice was made for it: it sees all."""
    one_by_one = {row["endpoint_id"] for row in tx.all(_CHOSEN, project_id=project_id)}
    groups = tx.all(_GROUPS, project_id=project_id)
    if not one_by_one and not groups:
        return None
    return [row for row in rows if row["id"] in one_by_one or any(is_in(group, row) for group in groups)]


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


class _Links:
    """Projects joined to endpoints, or to endpoint groups: the same three rules for both."""

    def __init__(self, table: Table, name: str) -> None:
        self.table, self.name = table, name

    def both(self, tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
        """The project and the endpoint or group that a path names."""
        found = one_project(tx, who, path, asked)
        if self.name == "endpoint_id":
            one_endpoint(tx, who, path, asked)
        else:
            existing_group(tx, path["endpoint_group_id"])
        other = path.get("endpoint_group_id") or path["endpoint_id"]
        return {**found, "key": {"project_id": path["project_id"], self.name: other}}

    def add(self, tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
        """Let a project see it; again is no mistake."""
        if tx.find(self.table, target["key"]) is None:
            tx.insert(self.table, **target["key"])
            changed(tx)

    def check(self, tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
        """Whether a project was let see it; raises Missing."""
        if tx.find(self.table, target["key"]) is None:
            raise no_such(self.table.info["kind"].replace("_", " "), target["key"][self.name])

    def remove(self, tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
        """Let a project see it no longer."""
        self.check(tx, who, target, asked)
        tx.remove(self.table, target["key"])
        changed(tx)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_ONE, _GROUP = _Links(project_endpoints, "endpoint_id"), _Links(project_endpoint_groups, "group_id")
_PATH = "/OS-EP-FILTER/projects/{project_id}"
_ENDPOINT = f"{_PATH}/endpoints/{{endpoint_id}}"
_OF_GROUP = "/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects"

identity.route(f"PUT {_ENDPOINT}", rule="identity:add_endpoint_to_project", of=_ONE.both, code=204)(_ONE.add)
identity.route(f"GET {_ENDPOINT}", rule="identity:check_endpoint_in_project", of=_ONE.both, code=204)(_ONE.check)
identity.route(f"DELETE {_ENDPOINT}", rule="identity:remove_endpoint_from_project", of=_ONE.both, code=204)(_ONE.remove)

_JOINED = f"{_OF_GROUP}/{{project_id}}"
identity.route(f"PUT {_JOINED}", rule="identity:add_endpoint_group_to_project", of=_GROUP.both, code=204)(_GROUP.add)
identity.route(f"HEAD {_JOINED}", rule="identity:get_endpoint_group_in_project", of=_GROUP.both)(_GROUP.check)
identity.route(f"DELETE {_JOINED}", rule="identity:remove_endpoint_group_from_project", of=_GROUP.both, code=204)(
    _GROUP.remove
)


@identity.route(f"GET {_PATH}/endpoints", Endpoint, "list", rule="identity:list_endpoints_for_project", of=one_project)
def list_endpoints(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> Page:
    """The endpoints that were chosen for a project, one by one or by groups."""
    everything = tx.all(select(endpoints).order_by(endpoints.c.id))
    found = chosen_for(tx, target["project"]["id"], everything) or []
    return Page([shown_endpoint(tx, row) for row in found], False)


@identity.route(
    "GET /OS-EP-FILTER/endpoints/{endpoint_id}/projects",
    Project,
    "list",
    rule="identity:list_projects_for_endpoint",
    of=one_endpoint,
)
def list_projects(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Page:
    """The projects an endpoint was chosen for."""
    of_endpoint = project_endpoints.c.endpoint_id == target["endpoint"]["id"]
    return shown_projects(tx, asked, projects.c.id.in_(select(project_endpoints.c.project_id).where(of_endpoint)))


@identity.route(
    f"GET {_OF_GROUP}", Project, "list", rule="identity:list_projects_associated_with_endpoint_group", of=one_group
)
def list_projects_of_group(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Page:
    """The projects that see an endpoint group."""
    of_group = project_endpoint_groups.c.group_id == target["id"]
    return shown_projects(tx, asked, projects.c.id.in_(select(project_endpoint_groups.c.project_id).where(of_group)))


@identity.route(
    f"GET {_PATH}/endpoint_groups",
    EndpointGroup,
    "list",
    rule="identity:list_endpoint_groups_for_project",
    of=one_project,
)
def list_groups_of_project(tx: Tx, who: Caller, target: Mapping[str, Any], asked: EndpointGroup) -> Page:
    """The endpoint groups a project sees."""
    of_project = project_endpoint_groups.c.project_id == target["project"]["id"]
    inside = select(project_endpoint_groups.c.group_id).where(of_project)
    found = listed(tx, endpoint_groups, asked, endpoint_groups.c.id.in_(inside))
    return found._replace(rows=[shown_group(tx, row) for row in found.rows])


@identity.route(f"GET {_JOINED}", EndpointGroup, "show", rule="identity:get_endpoint_group_in_project", of=_GROUP.both)
def show_group_of_project(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Row:
    """An endpoint group that a project sees; raises Missing."""
    _GROUP.check(tx, who, target, asked)
    return shown_group(tx, existing_group(tx, target["key"]["group_id"]))
