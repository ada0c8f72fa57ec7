"""Making an image of what was pushed keeps the promises of a workflow, wherever it dies or is repeated."""

from __future__ import annotations

import pytest
from blake3 import blake3

from pileus.chunks import Entry, ManifestWriter
from pileus.client.api import BYTES
from pileus.image import live_manifests
from pileus.image.pushes.work import TakePush
from pileus.kernel.store import Store
from tests.chunks.contents import KIB, noise
from tests.image.gallery import Gallery
from tests.image.pushes.carrying import records
from tests.kernel.workflow.trials import Case, Trial, cases

CONTENT = noise(150 * KIB)


def address(data: bytes) -> str:
    return blake3(data).hexdigest()


class Pushed:
    """A gallery in which all chunks of an image have been sent."""

    def __init__(self, store: Store) -> None:
        self.gallery = Gallery(store)
        self.image = self.gallery.make()
        blobs = [CONTENT]

        def keep(blob: bytes) -> str:
            blobs.append(blob)
            return address(blob)

        listing = ManifestWriter(keep)
        listing.add(Entry(len(CONTENT), address(CONTENT)))
        self.manifest = listing.finish()
        assert self.gallery.alice(f"POST {self.place}", {}).code == 201
        assert (
            self.gallery.alice(f"PUT {self.place}/parts", records(*blobs), headers={"content-type": BYTES}).code < 300
        )

    @property
    def place(self) -> str:
        return f"/images/{self.image}/push"

    def begin(self) -> None:
        assert self.gallery.alice(f"POST {self.place}/commit", {"manifest": self.manifest}).code == 202

    def go_on(self) -> None:
        """Nothing but the work itself is awaited."""

    def result(self) -> object:
        heard = self.gallery.alice(f"GET /images/{self.image}/file")
        return self.gallery.status(self.image), heard.content == CONTENT, self.leftovers()

    def leftovers(self) -> object:
        """What is still said of the push, and what a collection spares."""
        self.gallery.chunks.gc(lambda: live_manifests(self.gallery.store, "chunks"))
        return self.gallery.alice(f"GET {self.place}").code, self.gallery.chunks.used()


TRIAL = Trial(TakePush, Pushed, is_undone=False)


@pytest.mark.parametrize("case", cases(TRIAL), ids=str)
def test_a_push_keeps_the_promises_of_a_workflow(case: Case, sqlite_store: Store) -> None:
    case.check(sqlite_store)
