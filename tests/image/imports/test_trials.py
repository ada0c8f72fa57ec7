"""Imports keep the promises of a workflow, wherever they fail or die."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from pileus import image
from pileus.image.cache import CacheImage
from pileus.image.imports import AddLocation, BringLocation, CopyImage, ImportFromRegion, ImportFromWeb, ImportStaged
from pileus.kernel.clock import HeldClock
from pileus.kernel.store import Store
from tests.image.gallery import Gallery
from tests.image.imports.region import region
from tests.image.imports.web import plain, web
from tests.kernel.workflow.trials import Case, Trial, cases

CONTENT = bytes(range(256)) * 1000


class Staged:
    """A gallery with two stores, and an image whose bytes wait."""

    def __init__(self, store: Store) -> None:
        assert isinstance(store.clock, HeldClock)
        self.clock = store.clock
        self.gallery = Gallery(store, attics=("attic",))
        self.gallery.settle(web_download_allow=("127.0.0.1",), http_locations=True, show_multiple_locations=True)
        self.image = self.gallery.make()

    def begin(self) -> None:
        assert self.gallery.stage(self.image, CONTENT).code == 204
        assert self.gallery.bring(self.image, "glance-direct", all_stores=True).code == 202

    def go_on(self) -> None:
        self.clock.forward(1)

    def result(self) -> object:
        heard = self.gallery.alice(f"GET /images/{self.image}/file")
        return self.shown(), heard.content == CONTENT, self.kept()

    def shown(self) -> tuple[object, ...]:
        """What callers see of the image, and of its import."""
        shown = self.gallery.show(self.image)
        return shown["status"], shown.get("stores"), shown.get("os_glance_importing_to_stores", "")

    def leftovers(self) -> object:
        return self.shown(), self.kept()

    def kept(self) -> list[bool]:
        """Which stores keep bytes that anybody counts on."""
        every = {"chunks": self.gallery.chunks, **self.gallery.attics}
        for name, chunks in every.items():
            chunks.gc(lambda name=name: image.live_manifests(self.gallery.store, name))  # type: ignore[misc]
        return [chunks.used() > 0 for chunks in every.values()]


class OnTheWeb(Staged):
    """The same, and the bytes are on the web."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.open = ExitStack()
        self.address = self.open.enter_context(web({"/disk": plain(CONTENT)}))

    def begin(self) -> None:
        uri = f"{self.address}/disk"
        assert self.gallery.bring(self.image, "web-download", uri=uri, stores=["attic"]).code == 202


class InAnotherRegion(OnTheWeb):
    """The same, and they are an image's of another region."""

    def begin(self) -> None:
        source = region(self.gallery, self.open, CONTENT, disk_format="raw", hw_disk_bus="scsi")
        method = {"name": "glance-download", "glance_image_id": source, "glance_region": "north"}
        assert self.gallery.alice(f"POST /images/{self.image}/import", {"method": method}).code == 202

    def shown(self) -> tuple[object, ...]:
        return (*super().shown(), self.gallery.show(self.image).get("hw_disk_bus"))


class AtALocation(OnTheWeb):
    """The same, and a service says where they are."""

    def begin(self) -> None:
        body = {"url": f"{self.address}/disk"}
        assert self.gallery.admin(f"POST /images/{self.image}/locations", body).code == 202


class AtAnOwnersLocation(OnTheWeb):
    """The same, and the image's owner says where they are."""

    def begin(self) -> None:
        place = {"url": f"{self.address}/disk", "metadata": {}}
        change = {"op": "add", "path": "/locations/-", "value": place}
        assert self.gallery.patch(self.gallery.alice, self.image, change).code == 200


class InOneStore(Staged):
    """The same, and the image has its bytes in one store."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        assert self.gallery.upload(self.gallery.alice, self.image, CONTENT).code == 204

    def begin(self) -> None:
        assert self.gallery.bring(self.image, "copy-image", self.gallery.admin, all_stores=True).code == 202


class ToBeCached(InOneStore):
    """The same, and the other store is a cache."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.gallery.settle(cache_store="attic")

    def begin(self) -> None:
        assert self.gallery.admin(f"PUT /cache/{self.image}").code == 202


TRIALS = (
    Trial(ImportStaged, Staged),
    Trial(ImportFromWeb, OnTheWeb),
    Trial(ImportFromRegion, InAnotherRegion),
    Trial(AddLocation, AtALocation),
    Trial(BringLocation, AtAnOwnersLocation),
    Trial(CopyImage, InOneStore),
    Trial(CacheImage, ToBeCached),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for trial in TRIALS for case in cases(trial)], ids=str)
def test_an_import_keeps_the_promises_of_a_workflow(case: Case, sqlite_store: Store) -> None:
    case.check(sqlite_store)
