"""A project's tags, one by one and all together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.identity.api import address, identity
from pileus.identity.projects.rules import one_project
from pileus.identity.projects.shape import Tags
from pileus.identity.projects.table import set_tags, tags, tags_of
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class ProjectTags(Resource, extras=object):
    """All tags of one project."""

    tags: Tags = given("update")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _told(tx: Tx, project_id: str) -> Answer:
    links = {"self": address(tx, "projects", project_id, "tags"), "next": None, "previous": None}
    return Answer({"tags": tags_of(tx, [project_id])[project_id], "links": links}, raw=True)


def _has(tx: Tx, project_id: str, tag: str) -> bool:
    return tx.find(tags, {"project_id": project_id, "name": tag}) is not None


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /projects/{project_id}/tags", rule="identity:list_project_tags", of=one_project)
def list_tags(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """A project's tags, in order."""
    return _told(tx, target["project"]["id"])


@identity.route(
    "PUT /projects/{project_id}/tags", ProjectTags, "update", rule="identity:update_project_tags", of=one_project
)
def replace(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ProjectTags) -> Answer:
    """Give a project just these tags."""
    set_tags(tx, target["project"]["id"], asked.tags)
    return _told(tx, target["project"]["id"])


@identity.route("DELETE /projects/{project_id}/tags", rule="identity:delete_project_tags", of=one_project, code=204)
def clear(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Take all tags from a project."""
    set_tags(tx, target["project"]["id"], [])


@identity.route("GET /projects/{project_id}/tags/{tag}", rule="identity:get_project_tag", of=one_project, code=204)
def check(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Whether a project has a tag; raises Missing."""
    if not _has(tx, target["project"]["id"], target["tag"]):
        raise Missing(f"Could not find project tag: {target['tag']}.")


@identity.route("PUT /projects/{project_id}/tags/{tag}", rule="identity:create_project_tag", of=one_project, code=201)
def add(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Tag a project; again is no mistake."""
    project_id, tag = target["project"]["id"], target["tag"]
    present = tags_of(tx, [project_id])[project_id]
    if tag in present:
        return
    try:
        wanted = msgspec.convert([*present, tag], Tags)
    except msgspec.ValidationError as error:
        raise Invalid(f"Invalid input for field/attribute tags. {error}") from error
    set_tags(tx, project_id, wanted)


@identity.route(
    "DELETE /projects/{project_id}/tags/{tag}", rule="identity:delete_project_tag", of=one_project, code=204
)
def remove(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Take a tag from a project; raises Missing."""
    check(tx, who, target, asked)
    tx.remove(tags, {"project_id": target["project"]["id"], "name": target["tag"]})
