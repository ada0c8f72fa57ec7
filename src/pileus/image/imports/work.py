"""Work on an image's bytes: what every import has in common.

Bytes that are not shown yet are the image's *staged* ones, whose manifest a collection of chunks minds; `importing` in
the image's row tells callers which stores are still to come.  An image that is deleted meanwhile ends its import.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from pileus.chunks import ChunkError, ChunkStores, StoreFull
from pileus.image import tasks
from pileus.image.images.receive import NO_ANSWER, NO_ROOM, Receipt
from pileus.image.images.table import image_row, images
from pileus.image.imports.jobs import Jobs
from pileus.image.imports.stage import UNSTAGED
from pileus.image.inspection import Finding
from pileus.image.stores import in_order
from pileus.kernel.errors import Gone, Refusal, TooLarge, Unavailable
from pileus.kernel.store import Row, Store, Tx
from pileus.kernel.workflow import Workflow, wake

Put = Callable[[bytes], None]


@dataclass
class OnImage(Workflow):
    """Work on an image's bytes: what each of its kinds has in common."""

    image_id: str
    task_id: str
    stores: list[str]
    all_must_succeed: bool = True
    virtual_size: int = 0
    resource: ClassVar[str] = "image"
    title: ClassVar[str] = "import"
    steps: ClassVar[tuple[Any, ...]] = ()

    def image(self, tx: Tx) -> Row:
        """The image, while this import is the one that works on it; raises Gone."""
        row = image_row(tx, self.image_id)
        if row is None or row["import_task"] != self.task_id:
            raise Gone(f"Image {self.image_id} was deleted while it was imported.")
        return row

    def job(self, store: Store, name: str, call: Callable[[], None]) -> None:
        """Do something long in a thread for imports; raises Retry while it runs."""

        def done() -> None:
            store.write(wake, "image", self.image_id)

        store.part(Jobs).do(f"{self.task_id} {name}", call, done=done)

    def finished(self, tx: Tx) -> None:
        """The task has succeeded."""
        tasks.succeed(tx, self.task_id, {"image_id": self.image_id})

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The image is as it was before, and the task says why."""
        tasks.fail(tx, self.task_id, because.said)
        row = image_row(tx, self.image_id)
        if row is not None and row["import_task"] == self.task_id:
            missed = row["importing"]["failed"] or in_order(tx, self.stores)
            importing = {"to": [], "failed": missed, "done": []}
            back = {} if row["manifest"] else {"status": "queued", **UNSTAGED}
            tx.change(images, row, importing=importing, import_task=None, updated_at=tx.now, **back)


def begin_work(tx: Tx, work: OnImage) -> Row:
    """The image, its task shown as under way; raises Gone."""
    row = work.image(tx)
    tasks.begin_working(tx, work.task_id)
    return row


def take(store: Store, name: str, fill: Callable[[Put], None], keep: Callable[[Receipt], object]) -> None:
    """Bytes into a store; they are written down before the store may collect them.  Raises TooLarge, Unavailable."""
    jobs = store.part(Jobs)
    try:
        with store.part(ChunkStores)[name].upload() as taking:

            def put(piece: bytes) -> None:
                jobs.check()
                taking.write(piece)

            fill(put)
            keep(Receipt(name, taking.finish(), Finding("raw")))
    except StoreFull as error:
        raise TooLarge(NO_ROOM, f"store {name}: {error}") from error
    except ChunkError as error:
        raise Unavailable(NO_ANSWER, f"store {name}: {error}") from error
