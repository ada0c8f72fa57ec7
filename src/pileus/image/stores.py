"""Where bytes are kept: the stores of chunks, each by its name in the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.chunks import ChunkStores
from pileus.image.api import image
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx


@image.route("GET /info/stores", Nothing)
def stores(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The stores, by name."""
    known = tx.part(ChunkStores)
    return Answer({"stores": [_told(name, known) for name in known]}, raw=True)


@image.route("GET /info/stores/detail", Nothing, rule="stores_info_detail")
def stores_in_detail(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The stores and what they are."""
    known, settings = tx.part(ChunkStores), tx.part(ImageSettings).stores
    told: list[dict[str, Any]] = [
        {**_told(name, known), "type": one.__struct_config__.tag, "properties": {}, "weight": one.weight}
        for name, one in settings.items()
    ]
    return Answer({"stores": told}, raw=True)


def _told(name: str, known: ChunkStores) -> dict[str, str]:
    """A store as everybody may know it."""
    return {"id": name} | ({"default": "true"} if name == known.default else {})


def chosen(known: ChunkStores, name: str | None) -> str:
    """The store that a caller names, or the default one; raises Invalid for one that is not there."""
    if name is None:
        return known.default
    if name not in known:
        raise Invalid(f"There is no store {name!r}.")
    return name
