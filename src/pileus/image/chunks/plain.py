"""Unpack qcow2 images for hosts: the same disk as plain chunks, beside the file that was uploaded and stays as it is.

A compressed qcow2 shares nothing with its next version and cannot be read here and there; unpacked, a later version
costs its changes, and a guest may start on a part of it. The copy is derived: it may be dropped, and is made again. An
image that cannot be unpacked is noted with a `plain_size` of zero, and hosts use it as it was uploaded.
"""

from __future__ import annotations

import structlog
from sqlalchemy import bindparam, select, update

from pileus.chunks import ChunkError, ChunkStores
from pileus.image.images.table import image_row, images
from pileus.image.imports.convert import converted
from pileus.image.settings import ImageSettings
from pileus.image.stores import writable
from pileus.kernel.errors import Invalid, Unavailable
from pileus.kernel.store import Row, Store, Tx

log = structlog.get_logger("pileus.image.plain")

_PACKED = (
    select(images)
    .where(
        images.c.status == "active",
        images.c.disk_format == "qcow2",
        images.c.plain_manifest.is_(None),
        images.c.plain_size.is_(None),
        images.c.virtual_size <= bindparam("most"),
    )
    .order_by(images.c.created_at)
)
_NOTE = update(images).where(images.c.id == bindparam("image_id"))


def unpack_packed(store: Store) -> None:
    """Every image that is to be unpacked, one after another."""
    most = store.part(ImageSettings).unpack_most_bytes
    for row in store.read(lambda tx: tx.all(_PACKED, most=most)):
        if _home(store, row) in writable(store):
            unpack(store, row)


def unpack(store: Store, row: Row) -> None:
    """One image; where its store does not answer or is full, the next look tries again."""
    stores = store.part(ChunkStores)
    try:
        with stores[_home(store, row)].upload() as upload:
            for piece in converted(store, stores.among(row["stores"]).read(row["manifest"]), ("qcow2", "raw")):
                upload.write(piece)
            plain = upload.finish()
            store.write(_note, row, plain.manifest, plain.size)
    except Invalid as error:
        log.warning("an image cannot be unpacked", image=row["id"], because=error.logged or error.said)
        store.write(_note, row, None, 0)
    except (ChunkError, Unavailable) as error:
        log.warning("an image was not unpacked", image=row["id"], because=str(error))


def _home(store: Store, row: Row) -> str:
    """The store of the copy: the first of the image's."""
    return str((row["stores"] or [store.part(ChunkStores).default])[0])


def _note(tx: Tx, row: Row, manifest: str | None, size: int) -> None:
    """Where the image still is what was unpacked; it is the same to its owner, so nothing of it changes in sight."""
    now = image_row(tx, row["id"])
    if now is not None and all(now[name] == row[name] for name in ("manifest", "stores", "status")):
        tx.run(_NOTE, image_id=row["id"], plain_manifest=manifest, plain_size=size)
