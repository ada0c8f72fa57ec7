"""Ask for an image and its import in one: the oldest way to import, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from pileus.chunks import ChunkStores
from pileus.image import quotas, tasks
from pileus.image.addresses import place_of
from pileus.image.api import image
from pileus.image.images.rules import create_image
from pileus.image.images.shape import Image
from pileus.image.imports.asking import begin_import
from pileus.image.imports.workflows import ImportFromWeb
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.shapes import read_body
from pileus.kernel.store import Tx
from pileus.kernel.versions import NONE


class Input(msgspec.Struct, forbid_unknown_fields=True):
    """What to import, and as what."""

    import_from: str
    import_from_format: str
    image_properties: dict[str, Any]


class Asked(Resource):
    """A task to be begun."""

    type: Literal["import"] = given("create")
    input: Input = given("create")


@image.route("POST /tasks", Asked, "create", rule="tasks_api_access", code=201)
def ask_task(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Asked) -> Answer:
    """Make an image and import its bytes from the web."""
    settings = tx.part(ImageSettings)
    if "web-download" not in settings.import_methods:
        raise Invalid("This cloud imports nothing from the web.")
    if not who.may("add_task"):
        raise Forbidden("Policy doesn't allow add_task to be performed.")
    place_of(asked.input.import_from, settings)
    wanted = read_body(Image, "create", NONE, msgspec.json.encode(asked.input.image_properties))[0]
    row = create_image(tx, who, wanted)
    if not row["disk_format"] or not row["container_format"]:
        raise Invalid("'disk_format' and 'container_format' need to be set before import")
    quotas.check_uploading(tx, row["owner"])
    stores = [tx.part(ChunkStores).default]
    work = ImportFromWeb(image_id=row["id"], task_id=tx.new_id(), stores=stores, uri=asked.input.import_from)
    task = begin_import(tx, who, row, work, msgspec.to_builtins(asked.input), kind="import")
    location = f"{tx.part(PublicUrl).value}/image/v2/tasks/{task['id']}"
    return Answer(tasks.told(task), kind=tasks.Task, view="show", headers=[("Location", location)])
