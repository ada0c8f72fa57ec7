"""Make an image of what was pushed: every chunk is the caller's to name, is read, and is hashed here.

Nothing the caller says of the bytes is believed: not their digests, not their lengths, not the format. A chunk that the
push names must have been sent for it or belong to an image the caller might have read at its commit. What is missing is
told, and the push goes on; what is refused is told, and the image waits for other bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar

from sqlalchemy import select

from pileus.chunks import (
    Absent,
    ChunkStore,
    Damaged,
    Entry,
    Known,
    Parcel,
    Stored,
    StoreFull,
    Unreachable,
    check,
    segments_in,
)
from pileus.image.images.receive import NO_ROOM, Receipt
from pileus.image.images.table import image_row, images
from pileus.image.images.upload import activate, finding, give_up
from pileus.image.inspection import Inspector, ends
from pileus.image.pushes.shape import AT_ONCE
from pileus.image.pushes.table import PARTS, push_row, pushes, store_of
from pileus.image.settings import ImageSettings
from pileus.kernel.errors import Invalid, Missing, Refusal, TooLarge, Unavailable
from pileus.kernel.store import Store, Tx
from pileus.kernel.workflow import Workflow, minutes, outside

LONGEST_CHUNK = 64 * 4096
PATIENCE = minutes(60 * 24)

_SAME = select(images).where(images.c.status == "active", images.c.os_hash_algo == "sha512")


class Lacking(Exception):
    """Chunks that must be sent first."""

    def __init__(self, addresses: Iterable[str]) -> None:
        super().__init__("some chunks are missing")
        self.addresses = list(addresses)


def check_and_show(store: Store, work: TakePush) -> None:
    """The whole of it: until the row names the chunks, only this keeps them."""
    push, row = store.read(lambda tx: (push_row(tx, work.image_id), image_row(tx, work.image_id)))
    if push is not None and row is not None and row["status"] == "active":
        return  # done before: nothing else shows an image while something is being pushed to it
    if push is None or row is None or row["status"] != "saving":
        raise Missing(f"Image {work.image_id} could not be found; it may have been deleted during the push.")
    chunks = store_of(store, push)
    try:
        with chunks.parcel() as parcel:
            _refer(store, work, chunks, parcel)
            name = parcel.finish()
            stored, inspector = _seen_before(store, work, chunks, name) or _read(store, chunks, name)
            found = finding(inspector, row, store.part(ImageSettings))
            store.write(activate, Receipt(push["store"], stored, found), begun=row, who=work.who)
    except Lacking as lacking:
        store.write(_ask_for, work.image_id, lacking.addresses[:AT_ONCE], who=work.who)
    except StoreFull as error:
        raise TooLarge(NO_ROOM, str(error)) from error
    except Unreachable as error:
        raise Unavailable("The image's store does not answer at present.", str(error)) from error
    except Damaged as error:
        raise Invalid("What was pushed is not an image's chunks.", str(error)) from error


def _refer(store: Store, work: TakePush, chunks: ChunkStore, parcel: Parcel) -> None:
    """List all entries anew, in order; raises Lacking for names that are not the caller's, or not there any more."""
    sent = [row["manifest"] for row in store.read(lambda tx: tx.all(PARTS, image_id=work.image_id))]
    known, may = store.part(Known), [*sent, *work.readable]

    def demand(addresses: list[str]) -> None:
        lacking = set(addresses) - known.among(chunks, may, addresses)
        if lacking:
            raise Lacking(sorted(lacking))

    most = store.part(ImageSettings).most_bytes
    try:
        demand([work.manifest])
        for group in _groups(_entries(chunks, work.manifest, demand), AT_ONCE):
            demand([entry.address for entry in group if entry.address])
            most -= sum(entry.length for entry in group)
            if most < 0:
                raise TooLarge(f"The image is larger than {store.part(ImageSettings).most_bytes} bytes.")
            parcel.refer(group)
    except Absent as error:  # an image that had them was deleted meanwhile: the next question says which
        raise Lacking([]) from error


def _entries(chunks: ChunkStore, name: str, demand: Callable[[list[str]], None]) -> Iterator[Entry]:
    """The entries a pushed manifest lists; its segments are demanded before they are read."""
    (root,) = chunks.chunks([name])
    demand(segments_in(root))
    for _, entry in chunks.entries(name):
        if entry.address is not None and not 0 < entry.length <= LONGEST_CHUNK:
            raise Damaged("a chunk is too long")
        yield entry


def _groups(entries: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    while group := list(islice(entries, size)):
        yield group


def _seen_before(store: Store, work: TakePush, chunks: ChunkStore, name: str) -> tuple[Stored, Inspector] | None:
    """Size and digests of an image the caller may read that is made of the same: they were worked out here before."""
    if name not in work.readable:
        return None
    row = store.read(lambda tx: tx.one(_SAME.where(images.c.manifest == name)))
    if row is None:
        return None
    inspector = Inspector()
    for start, length in ends(row["size"]):
        inspector.feed(b"".join(chunks.read(name, start, length)))
    return Stored(name, row["size"], row["checksum"], row["os_hash_value"], 0), inspector


def _read(store: Store, chunks: ChunkStore, name: str) -> tuple[Stored, Inspector]:
    inspector = Inspector()
    return check(chunks, name, inspector.feed), inspector


def _ask_for(tx: Tx, image_id: str, addresses: list[str]) -> None:
    """Wait for more chunks."""
    push = push_row(tx, image_id)
    if push is not None:
        tx.change(pushes, push, state="open", missing=addresses, updated_at=tx.now)


@dataclass
class TakePush(Workflow):
    """From chunks that were pushed to an image that is active."""

    image_id: str
    manifest: str
    readable: list[str] = field(default_factory=list)
    resource: ClassVar[str] = "image"
    title: ClassVar[str] = "push"
    steps: ClassVar[tuple[Any, ...]] = (
        outside(check_and_show, undo=None, deadline=PATIENCE, because="it shows the image whole or not at all"),
    )

    def finished(self, tx: Tx) -> None:
        """The push ends with its image's activation."""
        push, row = push_row(tx, self.image_id), image_row(tx, self.image_id)
        if push is not None and row is not None and row["status"] == "active":
            tx.remove(pushes, push)

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The image waits for other bytes; what was sent is kept for the next try."""
        push, row = push_row(tx, self.image_id), image_row(tx, self.image_id)
        if push is not None:
            tx.change(pushes, push, state="failed", because=because.said, updated_at=tx.now)
        if row is not None:
            give_up(tx, row)
