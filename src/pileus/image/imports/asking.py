"""Ask for an import: which way, into which stores; what is accepted becomes work, and a task that tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from pileus.chunks import ChunkStores
from pileus.image import quotas, tasks
from pileus.image.addresses import place_of
from pileus.image.api import image
from pileus.image.images.rules import one_image, own_row
from pileus.image.images.table import images
from pileus.image.imports.elsewhere import Lent, before, source_of
from pileus.image.imports.work import OnImage
from pileus.image.imports.workflows import CopyImage, ImportFromRegion, ImportFromWeb, ImportStaged
from pileus.image.settings import ImageSettings
from pileus.image.stores import in_order, writable
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid, Missing
from pileus.kernel.resource import UNSET, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx
from pileus.kernel.workflow import begin

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Method(msgspec.Struct, forbid_unknown_fields=True):
    """A way to import, and what it needs to know."""

    name: str
    uri: str | msgspec.UnsetType = UNSET
    glance_image_id: str | msgspec.UnsetType = UNSET
    glance_region: str | msgspec.UnsetType = UNSET
    glance_service_interface: str | msgspec.UnsetType = UNSET


class Import(Resource):
    """What is to be imported how, and into which stores."""

    method: Method = given("create")
    stores: list[str] = given("create", default=UNSET)
    all_stores: bool = given("create", default=False)
    all_stores_must_succeed: bool = given("create", default=True)
    store: str = given("create", default=UNSET, header=True, wire="x-image-meta-store")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def targets(tx: Tx, asked: Import) -> list[str]:
    """The stores an import goes to, the one that is written first at first; raises Invalid, Conflict."""
    if asked.all_stores and asked.stores is not UNSET:
        raise Invalid("All_stores parameter can't be used with stores parameter")
    free = writable(tx)
    if asked.all_stores:
        return free
    if asked.stores is not UNSET:
        named = list(asked.stores)
    else:
        named = [tx.part(ChunkStores).default if asked.store is UNSET else asked.store]
    if not named:
        raise Invalid("At least one store is wanted.")
    unknown = [name for name in named if name not in free]
    if unknown:
        raise Conflict(f"There is no store {unknown[0]!r} that takes images.")
    return [name for name in free if name in named]


def check_import(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Import) -> None:
    """Whether there is such an import here, and for this caller; raises Invalid, Forbidden."""
    name = asked.method.name
    if name not in tx.part(ImageSettings).import_methods:
        raise Invalid(f"Unknown import method name '{name}'.")
    rule = "copy_image" if name == "copy-image" else "modify_image"
    if not who.may(rule, target):
        raise Forbidden(f"Policy doesn't allow {rule} to be performed.")
    if (name == "web-download") != (asked.method.uri is not UNSET):
        raise Invalid("The import method web-download, and no other, requires a 'uri'.")


NEEDS = {"glance-direct": "uploading", "web-download": "queued", "glance-download": "queued", "copy-image": "active"}
"""The status an image has before it is imported in some way."""


def work_of(tx: Tx, row: Row, asked: Import) -> OnImage:
    """What is to be done; raises Conflict for an image that is not ready for it, Invalid, OverQuota."""
    name, wanted = asked.method.name, targets(tx, asked)
    if row["status"] != NEEDS[name] or row["import_task"] is not None:
        raise Conflict(f"Image status {row['status']} does not allow the import method {name}, or one is under way.")
    if not row["disk_format"] or not row["container_format"]:
        raise Invalid("'disk_format' and 'container_format' need to be set before import")
    common: dict[str, Any] = {"image_id": row["id"], "task_id": tx.new_id(), "stores": wanted}
    common["all_must_succeed"] = asked.all_stores_must_succeed
    if name == "copy-image":
        return _copy(tx, row, asked, common)
    if name == "web-download":
        place_of(str(asked.method.uri), tx.part(ImageSettings))
        quotas.check_sizes(tx, row["owner"])
        quotas.check_uploading(tx, row["owner"])
        return ImportFromWeb(**common, uri=str(asked.method.uri))
    if name == "glance-download":
        return _from_region(tx, row, asked, common)
    if row["staged"] is None:
        raise Conflict(f"The bytes of image {row['id']} are still on their way.")
    quotas.check_sizes(tx, row["owner"])
    return ImportStaged(**common)


def _from_region(tx: Tx, row: Row, asked: Import, common: dict[str, Any]) -> ImportFromRegion:
    source = source_of(asked.method)
    quotas.check_sizes(tx, row["owner"])
    quotas.check_uploading(tx, row["owner"])
    token = "" if tx.who is None else tx.who.token
    tx.after(partial(tx.part(Lent).lend, common["task_id"], token))
    return ImportFromRegion(**common, source=source, before=before(row))


def _copy(tx: Tx, row: Row, asked: Import, common: dict[str, Any]) -> CopyImage:
    if row["manifest"] is None:
        raise Conflict(f"The bytes of image {row['id']} are still on their way.")
    held = row["stores"] or [tx.part(ChunkStores).default]
    there = [name for name in common["stores"] if name in held]
    if there and not asked.all_stores:
        raise Invalid(f"Image is already present at store '{there[0]}'")
    common["stores"] = [name for name in common["stores"] if name not in held]
    quotas.check_sizes(tx, row["owner"], row["size"] * len(common["stores"]))
    quotas.check_uploading(tx, row["owner"])
    return CopyImage(**common)


def begin_import(tx: Tx, who: Caller, row: Row, work: OnImage, input: Mapping[str, Any], *, kind: str) -> Row:
    """Write down the work, and the task that tells of it; the task."""
    importing = {"to": in_order(tx, work.stores), "failed": [], "done": []}
    status: dict[str, Any] = {"status": "importing"} if row["status"] in ("queued", "uploading") else {}
    tx.change(images, row, importing=importing, import_task=work.task_id, updated_at=tx.now, **status)
    begin(tx, work)
    return tasks.add_task(tx, who, id=work.task_id, image_id=row["id"], type=kind, input=input)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@image.route("POST /images/{image_id}/import", Import, "create", of=one_image, code=202)
def ask_import(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Import) -> Answer:
    """Begin an import; the task tells what becomes of it."""
    if not tx.part(ImageSettings).import_methods:
        raise Missing("The resource could not be found.")
    check_import(tx, who, target, asked)
    row = own_row(tx, target)
    work = work_of(tx, row, asked)
    request: dict[str, Any] = {"method": msgspec.to_builtins(asked.method)}
    request |= {"all_stores": asked.all_stores, "all_stores_must_succeed": asked.all_stores_must_succeed}
    if asked.stores is not UNSET:
        request["stores"] = asked.stores
    input = {"image_id": row["id"], "import_req": request, "backend": work.stores}
    begin_import(tx, who, row, work, input, kind="api_image_import")
    return Answer()
