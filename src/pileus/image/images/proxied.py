"""Images for the service whose older callers still ask it for them: found, listed, described and deleted as theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import String, and_, func, or_, select, true, type_coerce

from pileus.image.images.rules import check_extras
from pileus.image.images.table import images, members
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden
from pileus.kernel.store import Page, Row, Tx, page


def image_seen_by(tx: Tx, who: Caller, image_id: str) -> Row | None:
    """An image that a caller may see, or None."""
    shared = select(members.c.image_id).where(members.c.member_id == who.project_id)
    with_me = and_(images.c.visibility == "shared", images.c.id.in_(shared))
    seen = or_(images.c.owner == who.project_id, images.c.visibility.in_(("public", "community")), with_me)
    return tx.one(select(images).where(images.c.id == image_id, true() if who.is_admin else seen))


def images_seen_by(
    tx: Tx, who: Caller, narrowed: Mapping[str, Any], *, limit: int | None = None, marker: str | None = None
) -> Page:
    """A caller's own images, public ones, and those whose sharing it has accepted; narrowed.

    `narrowed` may have `name`, `statuses`, `min_disk` and `min_ram` (least values), `since` (a moment), `made_of` (a
    server), and `kind` (`snapshot`, or another word for all else).
    """
    accepted = select(members.c.image_id).where(members.c.member_id == who.project_id, members.c.status == "accepted")
    mine = or_(images.c.owner == who.project_id, images.c.visibility == "public")
    shared = and_(images.c.visibility == "shared", images.c.id.in_(accepted))
    chosen = select(images).where(or_(mine, shared), images.c.os_hidden.is_(False), *_conditions(narrowed))
    return page(tx, chosen, images, limit=limit, marker=marker)


def _conditions(narrowed: Mapping[str, Any]) -> list[Any]:
    is_snapshot = _carries("image_type", "snapshot")
    means: dict[str, Callable[[Any], Any]] = {
        "name": lambda name: images.c.name == name,
        "statuses": lambda each: images.c.status.in_(each),
        "min_disk": lambda least: images.c.min_disk >= least,
        "min_ram": lambda least: images.c.min_ram >= least,
        "since": lambda moment: images.c.updated_at >= moment,
        "made_of": lambda server: _carries("instance_uuid", server),
        "kind": lambda kind: is_snapshot if kind == "snapshot" else ~is_snapshot,
    }
    return [means[name](value) for name, value in narrowed.items()]


def _carries(name: str, value: str) -> Any:
    """Whether an image has a property; the document is text on both databases."""
    text = f"{json.dumps(name)}:{json.dumps(value, ensure_ascii=False)}"
    return func.replace(type_coerce(images.c.extras, String), text, "") != type_coerce(images.c.extras, String)


def remove_image(tx: Tx, who: Caller, row: Row) -> None:
    """Delete an image; raises Forbidden for another project's, and for a protected one."""
    _check_own(who, row)
    if row["protected"]:
        raise Forbidden(f"Image {row['id']} is protected and cannot be deleted.")
    tx.remove(images, row)


def set_properties(tx: Tx, who: Caller, row: Row, properties: Mapping[str, str]) -> None:
    """Have exactly these additional properties; raises Forbidden for another project's image."""
    _check_own(who, row)
    tx.change(images, row, extras=check_extras(tx, properties), updated_at=tx.now)


def _check_own(who: Caller, row: Row) -> None:
    if row["owner"] != who.project_id and not who.is_admin:
        raise Forbidden(f"You are not permitted to change image {row['id']}.")
