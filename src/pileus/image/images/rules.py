"""What may be asked of images: who sees which, what may be set, and what a patch changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.chunks import ChunkStores
from pileus.image import locations, quotas
from pileus.image.api import may_see, no_such
from pileus.image.images.shape import Image, is_reserved
from pileus.image.images.table import image_row, images, member_row
from pileus.image.protections import Protections, Verb
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid, OverQuota
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Row, Tx

MAY_SHOW = ("public", "community")


def as_target(row: Mapping[str, Any], member_id: str | None = None) -> dict[str, Any]:
    """An image as the policy looks at it; `shared` counts for its members only."""
    seen = row["visibility"] if row["visibility"] in MAY_SHOW else "private"
    return {**row, "project_id": row["owner"], "tenant_id": row["owner"], "visibility": seen, "member_id": member_id}


def one_image(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The image a path names; one the caller may not see does not exist."""
    row = image_row(tx, path["image_id"])
    if row is None:
        raise no_such(path["image_id"])
    mine = member_row(tx, row["id"], who.project_id) if row["visibility"] == "shared" else None
    target = {**as_target(row, None if mine is None else mine["member_id"]), **_further(path)}
    if not may_see(who, "get_image", target):
        raise no_such(path["image_id"])
    return target


def _further(path: Mapping[str, str]) -> dict[str, str]:
    """What else a path names: a tag, a store."""
    return {name: value for name, value in path.items() if name in ("tag", "store_id")}


def own_row(tx: Tx, target: Mapping[str, Any]) -> Row:
    """The image's row as it is, behind what the policy was shown."""
    row = image_row(tx, target["id"])
    if row is None:
        raise no_such(target["id"])
    return row


def told(tx: Tx, who: Caller, row: Mapping[str, Any]) -> dict[str, Any]:
    """An image as this caller is shown it."""
    at = f"/v2/images/{row['id']}"
    links = {"self": at, "file": f"{at}/file", "schema": "/v2/schemas/image"}
    protections = tx.part(Protections)
    extras = {name: value for name, value in row["extras"].items() if protections.may(who, "read", name)}
    places = {"stores": ",".join(row["stores"] or ()) or UNSET, "locations": UNSET, "project_id": row["owner"]}
    if tx.part(ImageSettings).show_multiple_locations:
        places["locations"] = locations.shown(row, tx.part(ChunkStores).default)
    return {**row, **links, **places, "extras": {**extras, **imported(row)}}


def imported(row: Mapping[str, Any]) -> dict[str, str]:
    """How far an import is: the stores still to come, those it failed in, and the task while it runs."""
    if row["importing"] is None:
        return {}
    now = row["importing"]
    found = {"os_glance_importing_to_stores": ",".join(now["to"]), "os_glance_failed_import": ",".join(now["failed"])}
    return {**found, **({"os_glance_import_task": row["import_task"]} if row["import_task"] else {})}


# ── setting ──────────────────────────────────────────────────────────────────────────────────────────────


def check_visibility(who: Caller, target: Mapping[str, Any], visibility: str) -> None:
    """Not everybody may show an image to all; raises Forbidden."""
    rule = {"public": "publicize_image", "community": "communitize_image"}.get(visibility)
    if rule is not None and not who.may(rule, target):
        raise Forbidden(f"You are not authorized to complete {rule} action.")


def check_extras(tx: Tx, extras: Mapping[str, Any]) -> dict[str, str]:
    """Additional properties: text, with names that mean nothing else, and not too many."""
    for name, value in extras.items():
        if is_reserved(name):
            raise Forbidden(f"Attribute '{name}' is reserved.")
        if not isinstance(value, str):
            raise Invalid(f"Provided object does not match schema 'image': {value!r} is not of type 'string'")
        if len(name) > 255 or len(value) > 65535:
            raise Invalid(f"The property {name[:255]!r} is too long.")
    if len(extras) > tx.part(ImageSettings).most_properties:
        raise OverQuota(f"The limit has been exceeded on the number of allowed image properties: {len(extras)}.")
    return dict(extras)


def check_property(tx: Tx, who: Caller, verb: Verb, name: str) -> None:
    """Raise Forbidden where an operator keeps a property from this caller."""
    if not tx.part(Protections).may(who, verb, name):
        raise Forbidden(f"Property '{name}' is protected.")


def check_tags(tx: Tx, tags: list[str]) -> list[str]:
    """Tags, each once, and not too many."""
    once = sorted(set(tags))
    if len(once) > tx.part(ImageSettings).most_tags:
        raise OverQuota(f"The limit has been exceeded on the number of allowed image tags: {len(once)}.")
    return once


def create_image(tx: Tx, who: Caller, asked: Image) -> dict[str, Any]:
    """A new image without bytes; raises Conflict where its identifier is taken."""
    owner = who.project_id if asked.owner is UNSET else asked.owner
    visibility: str = "shared" if asked.visibility is UNSET else asked.visibility
    target = {"owner": owner, "project_id": owner, "visibility": visibility}
    if not who.may("add_image", {**target, "project_id": who.project_id}):
        raise Forbidden("You are not permitted to create images owned by another project.")
    check_visibility(who, target, visibility)
    quotas.check(tx, owner, "image_count_total", 1)
    if asked.id is not UNSET and image_row(tx, asked.id) is not None:
        raise Conflict(f"Image ID {asked.id} already exists!")
    plain = ("name", "protected", "os_hidden", "disk_format", "container_format", "min_disk", "min_ram")
    extras = check_extras(tx, asked.extras or {})
    for name in extras:
        check_property(tx, who, "create", name)
    return tx.insert(
        images,
        id=tx.new_id() if asked.id is UNSET else str(asked.id),
        owner=owner,
        visibility=visibility,
        tags=check_tags(tx, asked.tags),
        extras=extras,
        updated_at=tx.now,
        **{name: getattr(asked, name) for name in plain},
    )
