"""Where bytes are kept: the stores of chunks, each by its name in the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pileus.chunks import AnyStoreSettings, ChunkStores, LocalStoreSettings
from pileus.image.api import image, no_such
from pileus.image.images.rules import one_image, own_row
from pileus.image.images.table import images
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid, Missing
from pileus.kernel.resource import Nothing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Store, Tx

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def chosen(store: Store | Tx, name: str | None) -> str:
    """The store that a caller names, or the default one; raises Invalid for one that is not there, or takes nothing."""
    if name is None:
        return store.part(ChunkStores).default
    if name not in writable(store):
        raise Invalid(f"There is no store {name!r} that takes images.")
    return name


def named(store: Store | Tx) -> list[str]:
    """The stores of images, the one that is read first at first; a cache is none."""
    cache = store.part(ImageSettings).cache_store
    return [name for name in store.part(ChunkStores) if name != cache]


def writable(store: Store | Tx) -> list[str]:
    """Those of them that take images."""
    settings = store.part(ImageSettings).stores
    return [name for name in named(store) if not settings[name].read_only]


def in_order(tx: Tx, names: Iterable[str]) -> list[str]:
    """Stores as an image names them: the heaviest first, then by name."""
    settings = tx.part(ImageSettings).stores
    return sorted(set(names), key=lambda name: (-settings[name].weight if name in settings else 0, name))


def _told(name: str, tx: Tx) -> dict[str, Any]:
    """A store as everybody may know it."""
    settings = tx.part(ImageSettings).stores[name]
    told = {"id": name, "description": settings.description, "default": "true", "read-only": "true"}
    given = {
        "id": True,
        "description": settings.description,
        "default": name == tx.part(ChunkStores).default,
        "read-only": settings.read_only,
    }
    return {word: told[word] for word in told if given[word]}


def _properties(name: str, settings: AnyStoreSettings) -> dict[str, str]:
    """Where a store keeps its chunks; no key and no password."""
    if isinstance(settings, LocalStoreSettings):
        return {"data_dir": settings.path or name}
    return {"s3_store_host": settings.endpoint, "s3_store_bucket": settings.bucket}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@image.route("GET /info/stores", Nothing)
def stores(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The stores, by name."""
    return Answer({"stores": [_told(name, tx) for name in named(tx)]}, raw=True)


@image.route("GET /info/stores/detail", Nothing, rule="stores_info_detail")
def stores_in_detail(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """The stores and what they are."""
    settings = tx.part(ImageSettings).stores
    found = []
    for name in named(tx):
        one = settings[name]
        kind = one.__struct_config__.tag
        found.append({**_told(name, tx), "type": kind, "weight": one.weight, "properties": _properties(name, one)})
    return Answer({"stores": found}, raw=True)


@image.route("DELETE /stores/{store_id}/{image_id}", Nothing, rule="delete_image_location", of=one_image, code=204)
def delete_from_store(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take an image out of one of its stores; the last one keeps it."""
    row = own_row(tx, target)
    name, held = target["store_id"], _held(tx, row)
    if name not in named(tx):
        raise Missing(f"There is no store {name!r}.")
    if row["import_task"] is not None:
        raise Conflict(f"Image {row['id']} is being imported.")
    if name not in held:
        raise no_such(f"{row['id']} in store {name}")
    if row["protected"] or len(held) == 1:
        raise Forbidden(f"Image {row['id']} is protected, or in no other store: it is not taken out of {name}.")
    leave(tx, row, [one for one in held if one != name])


def _held(tx: Tx, row: Mapping[str, Any]) -> Sequence[str]:
    """The stores an image lies in."""
    found: Sequence[str] = row["stores"] or ([tx.part(ChunkStores).default] if row["manifest"] else [])
    return found


def leave(tx: Tx, row: Mapping[str, Any], kept: Sequence[str]) -> None:
    """Keep an image in these stores only; what was unpacked for hosts goes with the store that has it."""
    plain = {} if kept[0] == row["stores"][0] else {"plain_manifest": None, "plain_size": None}
    tx.change(images, row, stores=list(kept), copies=len(kept), updated_at=tx.now, **plain)
