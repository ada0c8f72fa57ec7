"""Change an image by a JSON patch of any of its media types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.image.api import rules_all
from pileus.image.images.rules import as_target, check_extras, check_property, check_tags, check_visibility
from pileus.image.images.shape import READ_ONLY, Image, is_reserved
from pileus.image.images.table import images
from pileus.image.locations import Places
from pileus.image.protections import Protections
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.shapes import unreadable
from pileus.kernel.store import Row, Tx

SETTABLE = frozenset(
    "name visibility protected os_hidden owner disk_format container_format min_disk min_ram tags".split()
)


class Change(msgspec.Struct):
    """One operation of a patch, with its path taken apart."""

    op: str
    name: str
    place: str | None = None
    """In a list (of locations): a number, or `-` for its end."""
    value: Any = UNSET


def read_patch(media: str, body: Any) -> list[Change]:
    """A patch of one of the media types; raises Invalid."""
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
    name, place = _steps(path)
    return Change(op, name, place, one.get("value", UNSET))


def _steps(path: Any) -> tuple[str, str | None]:
    """A pointer of one step (RFC 6901), or of two into the list of locations."""
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2:
        raise Invalid(f"Invalid JSON pointer for this resource: '{path}'. It starts with '/'.")
    name, slash, place = path[1:].partition("/")
    if (slash and name != "locations") or path.replace("~0", "").replace("~1", "").count("~"):
        raise Invalid(f"Invalid JSON pointer for this resource: '{path}'.")
    return name.replace("~1", "/").replace("~0", "~"), place if slash else None


def patched(tx: Tx, who: Caller, row: Row, changes: list[Change]) -> dict[str, Any]:
    """The row with the changes made, in order; raises what a change of them may not."""
    values = {name: row[name] for name in SETTABLE}
    extras, places = dict(row["extras"]), Places(tx, who, row)
    for change in changes:
        if change.name == "locations" and tx.part(ImageSettings).show_multiple_locations:
            places.edit(change.op, change.place, change.value)
        elif change.name in READ_ONLY:
            raise Forbidden(f"Attribute '{change.name}' is read-only.")
        elif is_reserved(change.name):
            raise Forbidden(f"Attribute '{change.name}' is reserved.")
        elif change.name in SETTABLE:
            _set(values, change, row)
        else:
            _set_extra(tx, who, extras, change)
    _check(tx, who, row, values)
    extras = check_extras(tx, extras)
    return tx.change(images, row, **values, extras=extras, updated_at=tx.now, **places.values())


def _check(tx: Tx, who: Caller, row: Row, values: dict[str, Any]) -> None:
    """What a patch leaves must be what might have been given at first, and this caller's to give."""
    _check_values(values)
    if values["visibility"] != row["visibility"]:
        check_visibility(who, as_target(row), values["visibility"])
    if values["owner"] != row["owner"] and not rules_all(who):
        raise Forbidden("You are not permitted to modify 'owner' on this image.")
    values["tags"] = check_tags(tx, values["tags"])


def _set(values: dict[str, Any], change: Change, row: Row) -> None:
    name = change.name
    if change.op == "remove":
        raise Forbidden(f"Property {name} may not be removed.")
    if name in ("disk_format", "container_format") and row["status"] != "queued" and change.value != row[name]:
        raise Forbidden(f"Attribute {name} can be only replaced for a queued image.")
    values[name] = change.value


def _set_extra(tx: Tx, who: Caller, extras: dict[str, Any], change: Change) -> None:
    name = change.name
    is_there = name in extras and tx.part(Protections).may(who, "read", name)
    if change.op != "add" and not is_there:
        raise Conflict(f"Property {name} does not exist.")
    if change.op == "remove":
        check_property(tx, who, "delete", name)
        del extras[name]
    else:
        check_property(tx, who, "update" if name in extras else "create", name)
        extras[name] = change.value


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
