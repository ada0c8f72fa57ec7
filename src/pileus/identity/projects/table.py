"""Projects and their tags as rows, and the queries that find them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, bindparam, select

from pileus.identity.api import fresh_id, no_such
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.store import Document, Id, Moment, Row, Tx, metadata

projects = Table(
    "identity_projects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("domain_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE")),
    Column("parent_id", Id, ForeignKey("identity_projects.id"), index=True),
    Column("name", String(64), nullable=False),
    Column("description", Text),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("is_domain", Boolean, nullable=False, default=False),
    Column("options", Document, nullable=False),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "domain_id", "name", unique=True),
    Index(None, "name"),
    info={"kind": "project"},
)
Index(
    "uq_identity_projects_domain_name",
    projects.c.name,
    unique=True,
    sqlite_where=projects.c.is_domain,
    postgresql_where=projects.c.is_domain,
)

tags = Table(
    "identity_project_tags",
    metadata,
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Index(None, "name"),
    info={"kind": "project_tag"},
)

_OF_NAME = select(projects).where(
    projects.c.name == bindparam("name"), projects.c.domain_id.is_not_distinct_from(bindparam("domain_id"))
)
CHILDREN = select(projects).where(projects.c.parent_id == bindparam("id"))
_TAGS = select(tags).where(tags.c.project_id.in_(bindparam("ids", expanding=True))).order_by(tags.c.name)


def project_of_name(tx: Tx, domain_id: str | None, name: str) -> Row | None:
    """A project by its name in a domain; a domain by its own where there is none."""
    return tx.one(_OF_NAME, domain_id=domain_id, name=name)


def domain_of_id(tx: Tx, domain_id: str) -> Row:
    """A domain; raises Missing."""
    found = tx.find(projects, domain_id)
    if found is None or not found["is_domain"]:
        raise no_such("domain", domain_id)
    return found


def above(tx: Tx, project: Row) -> list[Row]:
    """The projects over one, nearest first, without its domain."""
    found: list[Row] = []
    while project["parent_id"] not in (None, project["domain_id"]):
        project = tx.find(projects, project["parent_id"]) or {"parent_id": None, "domain_id": None}
        found.append(project)
    return found


def tags_of(tx: Tx, ids: list[str]) -> dict[str, list[str]]:
    """Each project's tags, in order."""
    found: dict[str, list[str]] = {one: [] for one in ids}
    for row in tx.all(_TAGS, ids=ids) if ids else ():
        found[row["project_id"]].append(row["name"])
    return found


def set_tags(tx: Tx, project_id: str, wanted: list[str]) -> None:
    """Give a project just these tags; raises Invalid for one that is named twice."""
    if len(set(wanted)) < len(wanted):
        raise Invalid("Invalid input for field/attribute tags. The tags have non-unique elements.")
    present = set(tags_of(tx, [project_id])[project_id])
    for name in present - set(wanted):
        tx.remove(tags, {"project_id": project_id, "name": name})
    for name in set(wanted) - present:
        tx.insert(tags, project_id=project_id, name=name)


def make_project(tx: Tx, **values: Any) -> dict[str, Any]:
    """Write a project or domain; its name must be free where it will be.  Raises Conflict."""
    values = {"id": fresh_id(tx), "domain_id": None, "is_domain": False, "options": {}, "extras": {}, **values}
    claim_name(tx, values)
    return tx.insert(projects, **values)


def claim_name(tx: Tx, row: Row) -> None:
    other = project_of_name(tx, row["domain_id"], row["name"])
    if other is not None and other["id"] != row["id"]:
        kind = "domain" if row["domain_id"] is None else "project"
        raise Conflict(
            f"Conflict occurred attempting to store {kind} - it is not permitted to have two {kind}s with the same "
            f"name{' in the same domain' if kind == 'project' else ''}: name is {row['name']}, "
            f"{kind} id {other['id']}."
        )
