"""The step of an import that brings an image's bytes into every store that was asked for."""

from __future__ import annotations

from typing import Any

from pileus.chunks import ChunkStores
from pileus.image import tasks
from pileus.image.images.table import image_row, images
from pileus.image.imports.jobs import Jobs
from pileus.image.imports.work import OnImage, Put, begin_work, take
from pileus.image.stores import in_order
from pileus.kernel.errors import Refusal, TooLarge, Unavailable
from pileus.kernel.store import Row, Store, Tx


def bring_to_stores(store: Store, work: OnImage) -> None:
    """Copy the bytes into each store that is asked for and does not have them."""
    work.job(store, "copy", lambda: _bring(store, work))


def _bring(store: Store, work: OnImage) -> None:
    row = store.write(begin_work, work, who=work.who)
    source, manifest = _source(store, row)
    for name in [name for name in work.stores if name not in row["importing"]["done"]]:
        if name not in source:
            try:
                _copy(store, work, source, manifest, name)
            except (TooLarge, Unavailable) as refusal:
                _miss(store, work, name, refusal)
                continue
        store.write(_arrived, work, name, who=work.who)


def _source(store: Store, row: Row) -> tuple[list[str], str]:
    """The stores that have the bytes, and their manifest."""
    if row["staged"] is not None:
        return [row["staged"]["store"]], row["staged"]["manifest"]
    return list(row["stores"] or [store.part(ChunkStores).default]), row["manifest"]


def _copy(store: Store, work: OnImage, source: list[str], manifest: str, name: str) -> None:
    def fill(put: Put) -> None:
        for piece in store.part(ChunkStores).among(source).read(manifest):
            put(piece)

    take(store, name, fill, lambda receipt: store.write(_arrived, work, name, who=work.who))


def _arrived(tx: Tx, work: OnImage, name: str) -> None:
    row = work.image(tx)
    now = row["importing"]
    done = in_order(tx, [*now["done"], name])
    importing = {**now, "done": done, "to": [one for one in now["to"] if one != name]}
    tx.change(images, row, importing=importing, updated_at=tx.now)
    size = row["staged_size"] if row["staged_size"] is not None else row["size"]
    tasks.tell(tx, work.task_id, f"Copied {size >> 20} MiB to {', '.join(done)}")


def _miss(store: Store, work: OnImage, name: str, refusal: Refusal) -> None:
    """A store could not take the bytes: noted, and the end where all must succeed, or none did."""
    store.part(Jobs).check()
    importing = store.write(_missed, work, name, who=work.who)
    if work.all_must_succeed or not (importing["done"] or importing["to"]):
        raise refusal


def _missed(tx: Tx, work: OnImage, name: str) -> dict[str, Any]:
    row = work.image(tx)
    now = row["importing"]
    left = [one for one in now["to"] if one != name]
    importing = {**now, "failed": in_order(tx, [*now["failed"], name]), "to": left}
    tx.change(images, row, importing=importing, updated_at=tx.now)
    return importing


def forget_copies(store: Store, work: OnImage) -> None:
    """No store keeps what was copied: a collection finds it."""
    store.write(_forget, work, who=work.who)


def _forget(tx: Tx, work: OnImage) -> None:
    row = image_row(tx, work.image_id)
    if row is not None and row["import_task"] == work.task_id:
        tx.change(images, row, importing={**row["importing"], "done": []}, updated_at=tx.now)
