"""What may be asked of images: who sees which, what may be set, and what a patch changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.image import quotas
from pileus.image.api import no_such, rules_all
from pileus.image.images.shape import READ_ONLY, Image, is_reserved
from pileus.image.images.table import image_row, images, member_row
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid, OverQuota
from pileus.kernel.resource import UNSET
from pileus.kernel.shapes import unreadable
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
    if not who.may("get_image", target) and row["owner"] != who.project_id:
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


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """An image as it is shown."""
    at = f"/v2/images/{row['id']}"
    links = {"self": at, "file": f"{at}/file", "schema": "/v2/schemas/image"}
    stores = ",".join(row["stores"] or ()) or UNSET
    return {**row, **links, "stores": stores, "extras": {**row["extras"], **imported(row)}}


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
    return tx.insert(
        images,
        id=tx.new_id() if asked.id is UNSET else str(asked.id),
        owner=owner,
        visibility=visibility,
        tags=check_tags(tx, asked.tags),
        extras=check_extras(tx, asked.extras or {}),
        updated_at=tx.now,
        **{name: getattr(asked, name) for name in plain},
    )


# ── patching ─────────────────────────────────────────────────────────────────────────────────────────────

SETTABLE = frozenset(
    "name visibility protected os_hidden owner disk_format container_format min_disk min_ram tags".split()
)


class Change(msgspec.Struct):
    """One operation of a patch, with its path taken apart."""

    op: str
    name: str
    value: Any = UNSET


def read_patch(media: str, body: Any) -> list[Change]:
    """A patch of either media type; raises Invalid."""
    if not isinstance(body, list):
        raise Invalid("Request body must be a JSON array of operation objects.")
    return [_read_change(media, one) for one in body]


def _read_change(media: str, one: Any) -> Change:
    if not isinstance(one, dict):
        raise Invalid("Operations must be JSON objects.")
    if media.endswith("v2.0-json-patch"):
        verbs = [verb for verb in ("add", "remove", "replace") if verb in one]
        if len(verbs) != 1:
            raise Invalid("Operation objects must contain exactly one of add, remove or replace.")
        op, path = str(verbs[0]), one[verbs[0]]
    else:
        op, path = str(one.get("op")), one.get("path")
    if op not in ("add", "remove", "replace"):
        raise Invalid("Operations must be one of 'add', 'replace' or 'remove'.")
    if op != "remove" and "value" not in one:
        raise Invalid(f'Operation "{op}" requires a member named "value".')
    return Change(op, _name_in(path), one.get("value", UNSET))


def _name_in(path: Any) -> str:
    """A pointer of one step (RFC 6901)."""
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2:
        raise Invalid(f"Invalid JSON pointer for this resource: '{path}'. It starts with '/'.")
    if "/" in path[1:] or path.replace("~0", "").replace("~1", "").count("~"):
        raise Invalid(f"Invalid JSON pointer for this resource: '{path}'.")
    return path[1:].replace("~1", "/").replace("~0", "~")


def patched(tx: Tx, who: Caller, row: Row, changes: list[Change]) -> dict[str, Any]:
    """The row with the changes made, in order; raises what a change of them may not."""
    values = {name: row[name] for name in SETTABLE}
    extras = dict(row["extras"])
    for change in changes:
        if change.name in READ_ONLY:
            raise Forbidden(f"Attribute '{change.name}' is read-only.")
        if is_reserved(change.name):
            raise Forbidden(f"Attribute '{change.name}' is reserved.")
        if change.name in SETTABLE:
            _set(values, change, row)
        else:
            _set_extra(extras, change)
    _check_values(values)
    if values["visibility"] != row["visibility"]:
        check_visibility(who, as_target(row), values["visibility"])
    if values["owner"] != row["owner"] and not rules_all(who):
        raise Forbidden("You are not permitted to modify 'owner' on this image.")
    values["tags"] = check_tags(tx, values["tags"])
    return tx.change(images, row, **values, extras=check_extras(tx, extras), updated_at=tx.now)


def _set(values: dict[str, Any], change: Change, row: Row) -> None:
    name = change.name
    if change.op == "remove":
        raise Forbidden(f"Property {name} may not be removed.")
    if name in ("disk_format", "container_format") and row["status"] != "queued" and change.value != row[name]:
        raise Forbidden(f"Attribute {name} can be only replaced for a queued image.")
    values[name] = change.value


def _set_extra(extras: dict[str, Any], change: Change) -> None:
    if change.op != "add" and change.name not in extras:
        raise Conflict(f"Property {change.name} does not exist.")
    if change.op == "remove":
        del extras[change.name]
    else:
        extras[change.name] = change.value


def _check_values(values: Mapping[str, Any]) -> None:
    """What a patch leaves is what might have been given at first."""
    try:
        msgspec.convert(json.loads(json.dumps(values)), _Settable)
    except msgspec.ValidationError as error:
        raise Invalid(f"Provided object does not match schema 'image': {unreadable(error).said}") from error


_Settable = msgspec.defstruct(
    "Settable",
    [(field.name, field.kind) for field in Image.declared.fields if field.name in SETTABLE],
    forbid_unknown_fields=True,
)
