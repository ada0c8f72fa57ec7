"""What this image service says of itself: its ways to import, limits in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.image import quotas
from pileus.image.api import image
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx


@image.route("GET /info/import", Nothing)
def import_methods(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Ways to import an image."""
    methods = list(tx.part(ImageSettings).import_methods)
    told = {"description": "Import methods available.", "type": "array", "value": methods}
    return Answer({"import-methods": told}, raw=True)


@image.route("GET /info/usage", Nothing)
def usage(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """Limits of the caller's project that somebody has said, and how far they are used."""
    return Answer({"usage": quotas.usage(tx, who.project_id)}, raw=True)
