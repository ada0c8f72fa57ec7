"""Where bytes are kept: one store, of chunks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.image.api import image
from pileus.kernel.caller import Caller
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

STORE = "chunks"


@image.route("GET /info/stores", Nothing)
def stores(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The stores, by name."""
    return Answer({"stores": [{"id": STORE, "default": "true"}]}, raw=True)


@image.route("GET /info/stores/detail", Nothing, rule="stores_info_detail")
def stores_in_detail(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The stores and what they are."""
    told = {"id": STORE, "default": "true", "type": STORE, "properties": {}, "weight": 0}
    return Answer({"stores": [told]}, raw=True)
