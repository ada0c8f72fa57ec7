"""Locations as resources of their own: services say where an image's bytes are, and ask where they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.chunks import ChunkStores
from pileus.image import locations
from pileus.image.addresses import place_of
from pileus.image.api import image
from pileus.image.images.rules import one_image, own_row
from pileus.image.images.table import images
from pileus.image.imports.asking import begin_import
from pileus.image.imports.workflows import AddLocation, BringLocation
from pileus.image.locations import Validation
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import Nothing, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx


class Asked(Resource):
    """Where an image's bytes are, and what they must be."""

    url: str = given("create")
    validation_data: dict[str, str] = given("create", default={})


PATH = "/images/{image_id}/locations"


@image.route(f"POST {PATH}", Asked, "create", rule="add_image_location", of=one_image, code=202)
def add(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Asked) -> Answer:
    """Say where an image's bytes are; the task tells whether they are what was said."""
    settings, row = tx.part(ImageSettings), own_row(tx, target)
    if not settings.http_locations:
        raise Forbidden("This cloud takes no locations from callers.")
    if row["status"] != "queued" or row["import_task"] is not None:
        raise Conflict(f"An image that is {row['status']} takes no location.")
    if not row["disk_format"] or not row["container_format"]:
        raise Invalid("'disk_format' and 'container_format' need to be set before a location is")
    place_of(asked.url, settings)
    said = locations.read(asked.validation_data, Validation) if asked.validation_data else None
    if said is not None:
        said.check()
    if not settings.do_secure_hash:
        told = {"os_hash_algo": said.os_hash_algo, "os_hash_value": said.os_hash_value} if said else {}
        place = {"url": asked.url, "metadata": {}}
        bring(tx, who, tx.change(images, row, status="active", locations=[place], updated_at=tx.now, **told))
        return Answer()
    common = {"image_id": row["id"], "task_id": tx.new_id(), "stores": [tx.part(ChunkStores).default], "uri": asked.url}
    hashes = {"algorithm": said.os_hash_algo, "value": said.os_hash_value} if said else {}
    input = {"image_id": row["id"], "loc_url": asked.url}
    begin_import(tx, who, row, AddLocation(**common, **hashes), input, kind=KIND)
    return Answer()


@image.route(f"GET {PATH}", Nothing, rule="fetch_image_location", of=one_image)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Where an image's bytes are."""
    return Answer(locations.shown(own_row(tx, target), tx.part(ChunkStores).default), raw=True)


KIND = "location_import"


def bring(tx: Tx, who: Caller, row: Row) -> None:
    """Fetch what is at an image's first location, unless its bytes are here or on their way."""
    if not row["locations"] or row["manifest"] is not None or row["import_task"] is not None:
        return
    url, stores = row["locations"][0]["url"], [tx.part(ChunkStores).default]
    work = BringLocation(image_id=row["id"], task_id=tx.new_id(), stores=stores, uri=url)
    begin_import(tx, who, row, work, {"image_id": row["id"], "loc_url": url}, kind=KIND)
