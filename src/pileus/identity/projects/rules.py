"""Projects: what may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from pileus.identity.api import DEFAULT_DOMAIN, about, all_linked, identity, linked, no_such
from pileus.identity.auth.events import tell_ended
from pileus.identity.listing import chosen, given_of, listed, of_own_domain
from pileus.identity.options import merged, refuse_immutable
from pileus.identity.projects.shape import Project
from pileus.identity.projects.table import (
    CHILDREN,
    above,
    claim_name,
    domain_of_id,
    make_project,
    projects,
    set_tags,
    tags,
    tags_of,
)
from pileus.identity.revision import changed
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Page, Row, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_project(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The project a path names."""
    row = tx.find(projects, path["project_id"])
    if row is None:
        raise no_such("project", path["project_id"])
    return {**path, **about(project=row)}


def new_project(tx: Tx, who: Caller, path: Mapping[str, str], asked: Project) -> Mapping[str, Any]:
    """The domain and parent a new project will have."""
    if asked.is_domain:
        return about(project={"domain_id": None, "parent_id": None})
    parent = tx.find(projects, asked.parent_id) if asked.parent_id not in (UNSET, None) else None
    if parent is None and asked.parent_id not in (UNSET, None):
        raise no_such("project", str(asked.parent_id))
    of_parent = None if parent is None else parent["id"] if parent["is_domain"] else parent["domain_id"]
    given_domain = None if asked.domain_id is UNSET else asked.domain_id
    domain_id = given_domain or of_parent or domain_of_caller(who)
    return about(project={"domain_id": domain_id, "parent_id": parent["id"] if parent else domain_id})


def domain_of_caller(who: Caller) -> str:
    """The domain a new thing is in when none is named: that of the caller's scope."""
    return who.domain_id or who.project_domain_id or DEFAULT_DOMAIN


def new_in_domain(kind: str, who: Caller, asked: Any) -> dict[str, Any]:
    """What a policy looks at when something is to be made in a domain, and `place`, the domain that it will be in."""
    given = {} if asked.domain_id is UNSET else {"domain_id": asked.domain_id}
    return {**about(**{kind: given}), "place": given.get("domain_id") or domain_of_caller(who)}


def _place(tx: Tx, domain_id: str | None, parent_id: str | None) -> None:
    """Check that a project may be made under a parent; raises Missing, Invalid, Forbidden."""
    if domain_id is None:
        return
    domain = domain_of_id(tx, domain_id)
    parent = tx.find(projects, parent_id) or domain
    if domain_id not in (parent["id"], parent["domain_id"]):
        raise Invalid("Cannot create project, since it specifies its domain_id but not its parent's domain.")
    line = [] if parent["is_domain"] else [parent, *above(tx, parent)]
    if not all(one["enabled"] for one in line):
        raise Forbidden(f"Cannot create project in a branch containing a disabled project: {parent_id}.")
    if len(line) + 1 > tx.part(IdentitySettings).project_levels:
        raise Forbidden("Max hierarchy depth reached for the branch.")


def shown_project(tx: Tx, row: Row) -> dict[str, Any]:
    """A project as callers see it."""
    return linked(tx, "projects", row, tags=tags_of(tx, [row["id"]])[row["id"]])


def _tagged(asked: Project) -> list[Any]:
    """Conditions for the four filters on tags."""
    found = []
    for name, wanted, every in (
        ("tags", True, True),
        ("tags_any", True, False),
        ("not_tags", False, True),
        ("not_tags_any", False, False),
    ):
        text = getattr(asked, name)
        if text is UNSET:
            continue
        has = [projects.c.id.in_(select(tags.c.project_id).where(tags.c.name == tag)) for tag in text.split(",")]
        any_of = projects.c.id.in_(select(tags.c.project_id).where(tags.c.name.in_(text.split(","))))
        condition = and_(*has) if every else any_of
        found.append(condition if wanted else ~condition)
    return found


def shown_projects(tx: Tx, asked: Project, *conditions: ColumnElement[bool]) -> Page:
    """Those projects that meet the conditions and the query's filters."""
    filters = chosen(projects, asked, "domain_id", "parent_id", "name", "enabled", "is_domain")
    found = listed(tx, projects, asked, *conditions, *filters, *_tagged(asked))
    return all_linked(tx, "projects", with_tags(tx, found))


def with_tags(tx: Tx, found: Page) -> Page:
    """A page of projects or domains with their tags."""
    tagged = tags_of(tx, [row["id"] for row in found.rows])
    return found._replace(rows=[{**row, "tags": tagged[row["id"]]} for row in found.rows])


def listed_domain(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The domain a list is about: that of a caller with a domain's scope, else the one asked for."""
    return about(domain_id=who.domain_id or (None if asked.domain_id is UNSET else asked.domain_id))


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /projects", Project, "list", rule="identity:list_projects", of=listed_domain)
def list_projects(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Page:
    """Projects, or with `is_domain` domains in the form of projects; a domain's caller sees its own only."""
    return shown_projects(tx, asked, *of_own_domain(who, projects))


@identity.route("POST /projects", Project, "create", rule="identity:create_project", of=new_project, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Row:
    """A project under another, or under its domain; or a domain."""
    _place(tx, **target["project"])
    row = make_project(
        tx,
        **target["project"],
        name=asked.name,
        description=asked.description,
        enabled=asked.enabled,
        is_domain=asked.is_domain,
        options=merged({}, asked.options) if asked.options is not UNSET else {},
        extras=asked.extras,
    )
    set_tags(tx, row["id"], [] if asked.tags is UNSET else asked.tags)
    return shown_project(tx, row)


@identity.route("PATCH /projects/{project_id}", Project, "update", rule="identity:update_project", of=one_project)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Row:
    """Rename, describe, enable or disable; a project stays where it is."""
    project = target["project"]
    for name in ("domain_id", "parent_id", "is_domain"):
        if getattr(asked, name) not in (UNSET, project[name]):
            raise Invalid(f"Update of `{name}` is not allowed.")
    refuse_immutable("project", project, asked.options)
    if asked.tags is not UNSET:
        set_tags(tx, project["id"], asked.tags)
    return shown_project(tx, change_project(tx, project, asked))


def change_project(tx: Tx, row: Row, asked: Any) -> dict[str, Any]:
    """What an update of a project or domain changes in its row; raises Conflict, Forbidden."""
    new = given_of(asked, "name description enabled")
    new["extras"] = {**row["extras"], **asked.extras}
    if asked.options is not UNSET:
        new["options"] = merged(row["options"], asked.options)
    claim_name(tx, {**row, **new})
    if new.get("enabled", row["enabled"]) != row["enabled"]:
        _may_switch(tx, row, new["enabled"])
        changed(tx)
        _tell_ended(tx, row)
    elif new.get("name", row["name"]) != row["name"]:
        changed(tx)
    return tx.change(projects, row, **new)


def _may_switch(tx: Tx, row: Row, enabled: bool) -> None:
    """A branch is enabled from its root down, and disabled from its leaves up; raises Forbidden."""
    if row["is_domain"]:
        return
    if enabled and not all(one["enabled"] for one in above(tx, row)):
        raise Forbidden(f"Cannot enable project {row['id']} since it has disabled parents.")
    if not enabled and any(child["enabled"] for child in tx.all(CHILDREN, id=row["id"])):
        raise Forbidden(f"Cannot disable project {row['id']} since its subtree contains enabled projects.")


@identity.route(
    "DELETE /projects/{project_id}", Project, "delete", rule="identity:delete_project", of=one_project, code=204
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> None:
    """Remove a project that has none below it, with all its assignments."""
    project = target["project"]
    if not project["is_domain"] and tx.one(CHILDREN, id=project["id"]) is not None:
        raise Forbidden(f"Cannot delete the project {project['id']} since it is not a leaf in the hierarchy.")
    remove_project(tx, project)


def remove_project(tx: Tx, row: Row) -> None:
    """Remove a project, or a domain with all that is in it; raises Forbidden."""
    refuse_immutable("domain" if row["is_domain"] else "project", row)
    if row["is_domain"] and row["enabled"]:
        raise Forbidden("Cannot delete a domain that is enabled, please disable it first.")
    tx.remove(projects, row)
    changed(tx)
    _tell_ended(tx, row)


def _tell_ended(tx: Tx, row: Row) -> None:
    tell_ended(tx, **{"domain_id" if row["is_domain"] else "project_id": row["id"]})
