"""Routes of images themselves: make, list, show, change, delete, switch off and on, tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.image.api import image
from pileus.image.images.find import many_images
from pileus.image.images.patch import patched, read_patch
from pileus.image.images.rules import check_tags, create_image, one_image, own_row, told
from pileus.image.images.shape import PATCHES, Image, ImageQuery, Patch
from pileus.image.images.table import images
from pileus.image.imports import placing
from pileus.image.settings import ImageSettings
from pileus.image.stores import named
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid, Missing, Unsupported
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Page, Tx


@image.route("GET /images", ImageQuery, "list", rule="get_images")
def list_images(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ImageQuery) -> Answer:
    """The images the caller may see."""
    found = many_images(tx, who, asked)
    return Answer(Page([told(tx, who, row) for row in found.rows], found.more), kind=Image)


@image.route("POST /images", Image, "create", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Image) -> Answer:
    """Make an image without bytes; they are uploaded next."""
    row = create_image(tx, who, asked)
    return Answer(told(tx, who, row), headers=_beside(tx, row))


def _beside(tx: Tx, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a new image's owner may want to know: where it is, how to import into it, and where to."""
    methods = ",".join(tx.part(ImageSettings).import_methods)
    found = [("Location", f"{tx.part(PublicUrl).value}/image/v2/images/{row['id']}")]
    found += [("OpenStack-image-import-methods", methods)] if methods else []
    return [*found, ("OpenStack-image-store-ids", ",".join(named(tx)))]


@image.route("GET /images/{image_id}", Image, "show", rule="get_image", of=one_image)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Image) -> dict[str, Any]:
    """One image."""
    return told(tx, who, own_row(tx, target))


@image.route("PATCH /images/{image_id}", Patch, "update", rule="modify_image", of=one_image, view="show")
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Patch) -> Answer:
    """Change an image by a JSON patch."""
    if who.media not in PATCHES:
        raise Unsupported(f"Supported values for the 'Content-Type' header are: {', '.join(PATCHES)}.")
    changed = patched(tx, who, own_row(tx, target), read_patch(who.media, asked.extras))
    placing.bring(tx, who, changed)
    return Answer(told(tx, who, own_row(tx, target)), kind=Image)


@image.route("DELETE /images/{image_id}", Nothing, rule="delete_image", of=one_image, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Forget an image; its chunks go when no other image holds them."""
    if target["protected"]:
        raise Forbidden(f"Image {target['id']} is protected and cannot be deleted.")
    tx.remove(images, target["id"])


@image.route("POST /images/{image_id}/actions/deactivate", Nothing, rule="deactivate", of=one_image, code=204)
def deactivate(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Let nobody but administrators have the bytes."""
    _switch(tx, target, "active", "deactivated")


@image.route("POST /images/{image_id}/actions/reactivate", Nothing, rule="reactivate", of=one_image, code=204)
def reactivate(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Give the bytes out again."""
    _switch(tx, target, "deactivated", "active")


def _switch(tx: Tx, target: Mapping[str, Any], before: str, after: str) -> None:
    if target["status"] not in (before, after):
        raise Forbidden(f"Not allowed to change the status of an image from '{target['status']}' to '{after}'.")
    tx.change(images, target["id"], status=after, updated_at=tx.now)


@image.route("PUT /images/{image_id}/tags/{tag}", Nothing, rule="modify_image", of=one_image, code=204)
def add_tag(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Tag an image."""
    tag = _tag(target)
    tags = check_tags(tx, [*target["tags"], tag])
    tx.change(images, target["id"], tags=tags, updated_at=tx.now)


@image.route("DELETE /images/{image_id}/tags/{tag}", Nothing, rule="modify_image", of=one_image, code=204)
def remove_tag(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take a tag off an image."""
    tag = _tag(target)
    if tag not in target["tags"]:
        raise Missing(f"Tag {tag} could not be found.")
    kept = [one for one in target["tags"] if one != tag]
    tx.change(images, target["id"], tags=kept, updated_at=tx.now)


def _tag(target: Mapping[str, Any]) -> str:
    tag = str(target["tag"])
    if len(tag) > 255:
        raise Invalid(f"Provided object does not match schema 'image': {tag[:255]!r} is too long")
    return tag
