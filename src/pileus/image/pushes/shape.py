"""What callers say and see of pushes and pulls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.values import Count

AT_ONCE = 8192
"""Chunks asked about in one request: some 600 MiB of an image."""

FETCHED_AT_ONCE = 256
"""Chunks given out in one request: some 20 MiB."""

PAGE = 8192
"""Entries of an image's list of chunks that are shown at once."""

Address = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Push(Resource):
    """An image on its way as chunks."""

    store: Annotated[str, Meta(max_length=63)] = given("create", default=UNSET) | shown()
    image_id: str = shown()
    state: Literal["open", "checking", "failed"] = shown()
    missing: list[str] | None = shown()
    because: str | None = shown()
    created_at: datetime = shown()
    updated_at: datetime = shown()


class Question(Resource):
    """Which of these chunks must be sent."""

    addresses: Annotated[list[Address], Meta(max_length=AT_ONCE)] = given("ask")
    missing: list[str] = shown()


class Commit(Resource):
    """All chunks are there: what the image is, by the address of its manifest."""

    manifest: Address = given("commit")


class ChunkList(Resource):
    """What an image is made of, from an offset on: length and address of each chunk, null for zeros."""

    offset: Count = given("list", default=0)
    manifest: str = shown()
    size: int = shown()
    entries: list[list[int | str | None]] = shown()
    next: int | None = shown()


class Fetch(Resource):
    """Chunks of an image to be given out."""

    addresses: Annotated[list[Address], Meta(min_length=1, max_length=FETCHED_AT_ONCE)] = given("fetch")
