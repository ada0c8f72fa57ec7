"""The projects and domains a user has any role in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select

from pileus.identity.api import identity
from pileus.identity.assignments.table import scopes_of
from pileus.identity.projects.rules import shown_projects
from pileus.identity.projects.shape import Project
from pileus.identity.projects.table import projects
from pileus.identity.users.rules import one_user
from pileus.kernel.caller import Caller
from pileus.kernel.store import Page, Tx

_BELOW = select(projects.c.id).where(projects.c.parent_id.in_(bindparam("ids", expanding=True)))


def below(tx: Tx, project_ids: list[str]) -> list[str]:
    """All projects under these."""
    found: list[str] = []
    level = project_ids
    while level:
        level = [row["id"] for row in tx.all(_BELOW, ids=level)]
        found += level
    return found


def is_reached(tx: Tx, user_id: str) -> ColumnElement[bool]:
    """The condition that a project is one the user has a role in: directly, by a group, or inherited."""
    scopes = scopes_of(tx, user_id)
    direct = [row["scope_id"] for row in scopes if row["scope"] == "project" and not row["inherited"]]
    parents = [row["scope_id"] for row in scopes if row["scope"] == "project" and row["inherited"]]
    domains = [row["scope_id"] for row in scopes if row["scope"] == "domain" and row["inherited"]]
    return or_(projects.c.id.in_([*direct, *below(tx, parents)]), projects.c.domain_id.in_(domains))


def domains_reached(tx: Tx, user_id: str) -> ColumnElement[bool]:
    """The condition that a domain is one the user has a role in."""
    scopes = scopes_of(tx, user_id)
    return projects.c.id.in_([row["scope_id"] for row in scopes if row["scope"] == "domain" and not row["inherited"]])


@identity.route("GET /users/{user_id}/projects", Project, "list", rule="identity:list_user_projects", of=one_user)
def list_projects_of_user(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Page:
    """The projects a user has any role in."""
    return shown_projects(tx, asked, is_reached(tx, target["user"]["id"]))
