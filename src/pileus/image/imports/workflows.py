"""What an import does after it was accepted: get the bytes, look at them, bring them into every store, show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pileus.chunks import ChunkStores
from pileus.image.images.table import image_row, images
from pileus.image.imports.elsewhere import FromRegion, drop_image, fetch_image, give_back
from pileus.image.imports.getting import (
    check_hash,
    convert_bytes,
    drop_bytes,
    fetch_bytes,
    look_at_bytes,
    look_for_danger,
)
from pileus.image.imports.spreading import bring_to_stores, forget_copies
from pileus.image.imports.stage import UNSTAGED
from pileus.image.imports.work import OnImage
from pileus.image.stores import in_order
from pileus.kernel.errors import Refusal
from pileus.kernel.store import Row, Tx
from pileus.kernel.workflow import Step, outside


def show_image(tx: Tx, work: ImportStaged) -> None:
    """From importing to active, in the stores that took the bytes."""
    row = work.image(tx)
    kept, done = row["staged"], row["importing"]["done"]
    tx.change(
        images,
        row,
        status="active",
        size=kept["size"],
        virtual_size=work.virtual_size,
        manifest=kept["manifest"],
        stores=done,
        copies=len(done),
        **work.hashes(kept),
        **_ended(row),
    )


def _ended(row: Row) -> dict[str, Any]:
    importing = {"to": [], "failed": row["importing"]["failed"], "done": []}
    return {"importing": importing, "import_task": None, **UNSTAGED}


def add_stores(tx: Tx, work: CopyImage) -> None:
    """The image is in these stores too."""
    row = work.image(tx)
    before = row["stores"] or [tx.part(ChunkStores).default]
    kept = in_order(tx, [*before, *row["importing"]["done"]])
    plain = {} if kept[0] == before[0] else {"plain_manifest": None, "plain_size": None}
    tx.change(images, row, stores=kept, copies=len(kept), updated_at=tx.now, **plain, **_ended(row))


_FROM_PLACE: tuple[Step, ...] = (
    outside(look_for_danger, undo=None, because="it only looks"),
    outside(bring_to_stores, undo=forget_copies),
)
_TO_ACTIVE: tuple[Step, ...] = (
    outside(look_at_bytes, undo=None, because="it only looks"),
    outside(convert_bytes, undo=None, because="what it made goes with what was staged"),
    outside(bring_to_stores, undo=forget_copies),
)


@dataclass
class ImportStaged(OnImage):
    """From bytes that wait to an active image."""

    steps: ClassVar[tuple[Step, ...]] = _TO_ACTIVE

    def hashes(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """What the image is known by."""
        return {"checksum": kept["md5"], "os_hash_algo": "sha512", "os_hash_value": kept["sha512"]}

    def finished(self, tx: Tx) -> None:
        """The bytes are shown."""
        show_image(tx, self)
        super().finished(tx)


@dataclass
class ImportFromWeb(ImportStaged):
    """From a URI to an active image."""

    uri: str = ""
    steps: ClassVar[tuple[Step, ...]] = (outside(fetch_bytes, undo=drop_bytes), *_TO_ACTIVE)


@dataclass
class ImportFromRegion(ImportStaged, FromRegion):
    """From an image of another region to an active one."""

    steps: ClassVar[tuple[Step, ...]] = (outside(fetch_image, undo=drop_image), *_TO_ACTIVE)

    def finished(self, tx: Tx) -> None:
        """The bytes are shown, and the token is given back."""
        give_back(tx, self)
        super().finished(tx)

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The image is as it was before, and the token is given back."""
        give_back(tx, self)
        super().failed(tx, because)


@dataclass
class AddLocation(ImportFromWeb):
    """From a location that a service said to an active image, if the bytes there are what was said."""

    title: ClassVar[str] = "add location"
    algorithm: str = ""
    value: str = ""
    steps: ClassVar[tuple[Step, ...]] = (
        outside(fetch_bytes, undo=drop_bytes),
        outside(check_hash, undo=None, because="it only looks"),
        *_FROM_PLACE,
    )

    def hashes(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """What the image is known by: the hash that was said, if one was."""
        said = {"os_hash_algo": self.algorithm, "os_hash_value": self.value} if self.algorithm else {}
        return {**super().hashes(kept), **said, "locations": [{"url": self.uri, "metadata": {}}]}


@dataclass
class BringLocation(ImportFromWeb):
    """From an image whose bytes are at a location to one whose bytes are here too."""

    title: ClassVar[str] = "bring location"
    steps: ClassVar[tuple[Step, ...]] = (outside(fetch_bytes, undo=drop_bytes), *_FROM_PLACE)

    def hashes(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing but what its owner said."""
        return {}

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The image waits for another location, or for bytes."""
        row = image_row(tx, self.image_id)
        if row is not None and row["import_task"] == self.task_id:
            unknown = dict.fromkeys(("checksum", "os_hash_algo", "os_hash_value"))
            tx.change(images, row, locations=None, **unknown, updated_at=tx.now)
        super().failed(tx, because)


@dataclass
class CopyImage(OnImage):
    """From an image in one store to the same in others."""

    title: ClassVar[str] = "copy"
    steps = (outside(bring_to_stores, undo=forget_copies),)

    def finished(self, tx: Tx) -> None:
        """The copies are named."""
        add_stores(tx, self)
        super().finished(tx)
