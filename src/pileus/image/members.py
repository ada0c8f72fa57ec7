"""Members: projects an image is shared with, who accept or reject it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from pileus.image.api import image, no_such, rules_all
from pileus.image.images.rules import as_target, one_image
from pileus.image.images.table import MEMBERS, image_row, member_row, members
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Missing, OverQuota
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.store import Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Member(Resource, many="members"):
    """A project that an image is shared with."""

    member: Annotated[str, Meta(min_length=1, max_length=255)] = given("create") | given("update", default=UNSET)
    member_id: str = shown()
    image_id: str = shown()
    status: Literal["pending", "accepted", "rejected"] = given("update") | shown()
    created_at: datetime = shown()
    updated_at: datetime = shown()
    schema: str = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A member as it is shown."""
    return {**row, "schema": "/v2/schemas/member"}


def _shared(target: Mapping[str, Any]) -> None:
    if target["real_visibility"] != "shared":
        raise Forbidden("Only shared images have members.")


def shared_image(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The image a path names, as its members' rules look at it."""
    target = one_image(tx, who, path, asked)
    row = image_row(tx, target["id"])
    if row is None:
        raise no_such(path["image_id"])
    return {**target, "real_visibility": row["visibility"]}


def one_member(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The member a path names; projects see themselves, the owner sees all."""
    row = image_row(tx, path["image_id"])
    found = None if row is None else member_row(tx, row["id"], path["member_id"])
    mine = row is not None and who.project_id in (row["owner"], path["member_id"])
    if row is None or found is None or not (mine or rules_all(who)):
        if row is not None and mine:
            raise Missing(f"{path['member_id']} not found in the member list of the image {path['image_id']}.")
        raise no_such(path["image_id"])
    return {**as_target(row), "member": found, "member_id": path["member_id"], "real_visibility": row["visibility"]}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/images/{image_id}/members"


@image.route(f"GET {PATH}", Member, "list", rule="get_members", of=shared_image)
def list_members(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Member) -> list[dict[str, Any]]:
    """Whom an image is shared with; a member sees only itself."""
    _shared(target)
    every = tx.all(MEMBERS, image_id=target["id"])
    sees_all = rules_all(who) or target["owner"] == who.project_id
    return [told(row) for row in every if sees_all or row["member_id"] == who.project_id]


@image.route(f"POST {PATH}", Member, "create", rule="add_member", of=shared_image, view="show")
def add(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Member) -> dict[str, Any]:
    """Share an image with a project."""
    _shared(target)
    if member_row(tx, target["id"], asked.member) is not None:
        raise Conflict(f"Member {asked.member} is duplicated for image {target['id']}")
    if len(tx.all(MEMBERS, image_id=target["id"])) >= tx.part(ImageSettings).most_members:
        raise OverQuota("The limit has been exceeded on the number of allowed image members for this image.")
    return told(tx.insert(members, image_id=target["id"], member_id=asked.member, updated_at=tx.now))


@image.route(f"GET {PATH}/{{member_id}}", Member, "show", rule="get_member", of=one_member)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Member) -> dict[str, Any]:
    """One member."""
    return told(target["member"])


@image.route(f"PUT {PATH}/{{member_id}}", Member, "update", rule="modify_member", of=one_member, view="show")
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Member) -> dict[str, Any]:
    """Accept or reject an image; only the member itself may."""
    return told(tx.change(members, target["member"], status=asked.status, updated_at=tx.now))


@image.route(f"DELETE {PATH}/{{member_id}}", Nothing, rule="delete_member", of=one_member, code=204)
def remove(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Share an image no more."""
    tx.remove(members, target["member"])
