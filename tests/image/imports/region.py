"""Another region for tests: an image service of a few words, and its place in the catalogue."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack

from pileus.identity.catalog.endpoints import make_endpoint
from pileus.identity.catalog.regions import make_region, regions
from pileus.identity.catalog.services import make_service
from pileus.kernel.store import Tx
from tests.image.gallery import NOWHERE, Gallery
from tests.image.imports.web import Answer, asked, plain, web


def region(gallery: Gallery, open: ExitStack, content: bytes, *, name: str = "north", **said: str) -> str:
    """Let there be a region that has one image, for who shows alice's token; the image's identifier."""
    told = {"status": "active", "disk_format": "raw", "container_format": "bare", **said}
    answers = {
        f"/image/v2/images/{NOWHERE}": for_alice(plain(json.dumps(told).encode())),
        f"/image/v2/images/{NOWHERE}/file": for_alice(plain(content)),
    }
    address = open.enter_context(web(answers))

    def rule(tx: Tx) -> None:
        if tx.find(regions, name) is None:
            make_region(tx, name)
            service = make_service(tx, type="image", name="glance")
            make_endpoint(
                tx, service_id=service["id"], interface="public", region_id=name, url=f"{address}/image", enabled=True
            )

    gallery.store.write(rule)
    return NOWHERE


def for_alice(answer: Answer) -> Answer:
    """The same answer for who shows alice's token, and 401 for everybody else; see `web.asked`."""

    def judged(door: socket.socket) -> None:
        allowed = "x-auth-token: alice" in asked.text.lower()
        (answer if allowed else plain(b"", code="401 Unauthorized"))(door)

    return judged
