"""The first steps of an import: get the bytes, look at them, and bring them into the format the cloud keeps."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec.structs import replace

from pileus.chunks import ChunkStores
from pileus.image.images.receive import Receipt
from pileus.image.images.table import image_row, images
from pileus.image.images.upload import finding
from pileus.image.imports.convert import converted
from pileus.image.imports.fetch import Web, fetch
from pileus.image.imports.jobs import Jobs
from pileus.image.imports.stage import UNSTAGED, staged
from pileus.image.imports.work import OnImage, Put, begin_work, take
from pileus.image.inspection import HEAD, REACH, TAIL, Finding, Inspector
from pileus.image.settings import ImageSettings
from pileus.kernel.errors import Conflict
from pileus.kernel.store import Row, Store, Tx


def fetch_bytes(store: Store, work: Any) -> None:
    """Fetch from the web; the bytes are staged in the first store they go to."""
    store.write(begin_work, work, who=work.who)
    work.job(store, "fetch", lambda: _fetch(store, work))


def _fetch(store: Store, work: Any) -> None:
    web = Web(store.part(ImageSettings), store.clock, store.part(Jobs))

    def fill(put: Put) -> None:
        fetch(web, work.uri, put)

    take(store, work.stores[0], fill, lambda receipt: store.write(_keep_staged, work, receipt, who=work.who))


def _keep_staged(tx: Tx, work: OnImage, receipt: Receipt) -> None:
    tx.change(images, work.image(tx), **staged(receipt), updated_at=tx.now)


def drop_bytes(store: Store, work: OnImage) -> None:
    """Keep nothing of what was fetched."""
    store.write(_drop, work, who=work.who)


def _drop(tx: Tx, work: OnImage) -> None:
    row = image_row(tx, work.image_id)
    if row is not None and row["import_task"] == work.task_id and row["staged"] is not None:
        tx.change(images, row, **UNSTAGED, updated_at=tx.now)


def check_hash(store: Store, work: Any) -> None:
    """The bytes must have the hash that was said, if one was; raises Conflict."""
    if work.algorithm:
        work.job(store, "hash", lambda: _check_hash(store, work))


def _check_hash(store: Store, work: Any) -> None:
    staged = store.read(work.image)["staged"]
    digest = hashlib.new(work.algorithm, usedforsecurity=False)
    for piece in store.part(ChunkStores).among([staged["store"]]).read(staged["manifest"]):
        store.part(Jobs).check()
        digest.update(piece)
    if digest.hexdigest() != work.value:
        raise Conflict(f"The bytes have another {work.algorithm} than was said.")


# ── looking, and converting ──────────────────────────────────────────────────────────────────────────────


def look_at_bytes(store: Store, work: OnImage) -> None:
    """They must be what the image claims, and no danger; raises Unsupported."""
    row = store.read(work.image)
    found = seen(store, row)
    work.virtual_size = row["staged_size"] if found.virtual_size is None else found.virtual_size


def look_for_danger(store: Store, work: OnImage) -> None:
    """They may be anything but a danger: who says a location is not asked for its format; raises Unsupported."""
    row = store.read(work.image)
    found = seen(store, row, enforce=False)
    work.virtual_size = row["staged_size"] if found.virtual_size is None else found.virtual_size


def seen(store: Store, row: Row, *, enforce: bool | None = None) -> Finding:
    """What an image's staged bytes are, by their beginning and end; raises Unsupported."""
    inspector, size = Inspector(), row["staged_size"]
    read = store.part(ChunkStores).among([row["staged"]["store"]]).read
    reach = min(size, max(HEAD, REACH))
    for start, length in ((0, reach), (max(reach, size - TAIL), TAIL)):
        for piece in read(row["staged"]["manifest"], start, length):
            inspector.feed(piece)
    settings = store.part(ImageSettings)
    return finding(inspector, row, settings if enforce is None else replace(settings, enforce_format=enforce))


def convert_bytes(store: Store, work: OnImage) -> None:
    """Into the format the cloud keeps images in, where it has chosen one."""
    row = store.read(work.image)
    found = seen(store, row)
    wanted = store.part(ImageSettings).import_conversion
    if wanted and found.format != wanted and {found.format, row["disk_format"]} <= {"raw", "qcow2"}:
        work.job(store, "convert", lambda: _convert(store, work, row, found, wanted))


def _convert(store: Store, work: OnImage, row: Row, found: Finding, wanted: str) -> None:
    read = store.part(ChunkStores).among([row["staged"]["store"]]).read(row["staged"]["manifest"])

    def keep(receipt: Receipt) -> None:
        def rule(tx: Tx) -> None:
            tx.change(images, work.image(tx), **staged(receipt), disk_format=wanted, updated_at=tx.now)

        store.write(rule, who=work.who)

    def fill(put: Put) -> None:
        for piece in converted(store, read, (found.format, wanted)):
            put(piece)

    take(store, row["staged"]["store"], fill, keep)
