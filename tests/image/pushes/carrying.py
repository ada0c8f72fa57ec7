"""The client's own pushes and pulls, carried to a gallery without a socket, with the work done in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blake3 import blake3

from pileus.chunks import Packing
from pileus.client.api import BYTES, Images, Reply
from pileus.client.pulling import Pull, Pulled
from pileus.client.pushing import Push, Pushed
from tests.asking import Asker
from tests.image.gallery import Gallery


class GalleryCarrier:
    """Carries to a gallery as one of its people; work that a request began is done before the next is asked."""

    def __init__(self, gallery: Gallery, who: Asker, *, breaks_at: int | None = None) -> None:
        self.gallery = gallery
        self.who = who
        self.breaks_at = breaks_at
        self.asked: list[str] = []

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        self.asked.append(f"{method} {path.rpartition('/')[2]}")
        if self.breaks_at is not None and len(self.asked) > self.breaks_at:
            raise ConnectionError("the line is cut")
        headers = {"content-type": BYTES} if isinstance(body, bytes) else {}
        heard = self.who(f"{method} {path}", body, headers=headers)
        if path.endswith("/commit"):
            self.gallery.work()
        is_json = "json" in heard.headers.get("content-type", "")
        return Reply(heard.code, heard.content, json.loads(heard.content) if is_json and heard.content else None)


def records(*chunks: bytes) -> bytes:
    """Chunks as they travel."""
    return b"".join(bytes(part) for data in chunks for part in Packing().record(blake3(data).digest(), data))


def quiet(what: str, amount: int) -> None:
    """Nobody looks on."""


def push(
    gallery: Gallery, who: Asker, path: Path, *, image_id: str = "", breaks_at: int | None = None, **fields: Any
) -> tuple[str, Pushed]:
    """Push a file to an image of somebody's; the image and what it cost."""
    image_id = image_id or gallery.make(who, **fields)
    carrier = GalleryCarrier(gallery, who, breaks_at=breaks_at)
    return image_id, Push(Images(carrier, image_id), path, quiet).run()


def pull(gallery: Gallery, who: Asker, image_id: str, path: Path, *near: Path, breaks_at: int | None = None) -> Pulled:
    """Pull an image into a file."""
    carrier = GalleryCarrier(gallery, who, breaks_at=breaks_at)
    return Pull(Images(carrier, image_id), path, near, quiet).run()
