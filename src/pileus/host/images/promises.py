"""Images that guests begin on before they are whole: promised, served, brought as they are read, completed in time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec

from pileus.chunks.errors import ChunkError
from pileus.chunks.host.cache import ImageCache as Cache
from pileus.chunks.host.nbd.export import noted
from pileus.chunks.store import Source
from pileus.compute.host.hypervisor import HypervisorFailed, Promise
from pileus.compute.host.spec import ImageRef
from pileus.host.images.asks import Asks
from pileus.host.images.cloud import Cloud, Known
from pileus.host.images.keep import HostImages, told_to_owners
from pileus.host.images.near import Nearby
from pileus.host.images.serving import Serving, ServingFailed
from pileus.host.line import LinkFailed
from pileus.kernel.clock import Clock

log = logging.getLogger(__name__)

MIB = 1 << 20
BOOTABLE = ("raw", "qcow2", "ami")

GOOD_FOR = 1800.0
"""Seconds after which the cloud is asked anew who has an image: its passes are good for an hour."""

AHEAD = 2
"""Boot lists that are fetched at a time."""

FILLER = "filler"
"""Who holds an image while it is completed."""

AFTER_READY = 5.0
"""Seconds after a guest came up in which it still reads what a boot reads."""

AGAIN = 10.0
"""Seconds before an image that could not be completed is tried again."""


class LazySettings(msgspec.Struct, frozen=True):
    """Whether and from which size on guests begin before their image is whole."""

    is_on: bool = True
    least_bytes: int = 256 * MIB


class PromisedImages(HostImages):
    """Images that may be promised; what is known of one so far, and who brings it, is kept for a while."""

    def __init__(
        self, cache: Cache, cloud: Cloud, clock: Clock, serving: Serving, settings: LazySettings, *, door: str = ""
    ) -> None:
        super().__init__(cache, cloud, clock, door=door)
        self._serving, self._settings = serving, settings
        self._lock = threading.Lock()
        self._sources: dict[str, tuple[float, Known, Source]] = {}
        self._filling: dict[str, threading.Thread] = {}
        self._fill_again: dict[str, float] = {}
        self._ahead = ThreadPoolExecutor(AHEAD, "boot-list")
        self._closing = threading.Event()
        self._asks = Asks(serving.listen(), self._bring)
        self._asks.open()

    def close(self) -> None:
        """Answer no more questions; what is served goes on, and waits."""
        self._closing.set()
        self._asks.close()
        self._ahead.shutdown(cancel_futures=True)
        for thread in list(self._filling.values()):
            thread.join()

    def promise(self, image: ImageRef, guest_id: str) -> Promise | None:
        """None for what is small, here already, or not to be promised."""
        name = image.manifest
        if not self._may_be_late(image) or name in self._cache.images():
            return None
        self.serve()
        with told_to_owners():
            known, source = self._way(name)
            file, is_whole = self._cache.promise(name, source, guest_id)
        if is_whole:
            self._cache.unpin(name, guest_id)
            return None
        self._serving.lend_notes(name)
        self._ahead.submit(self._bring_ahead, name, known.first)
        return Promise(image, str(file), str(self._serving.socket), name)

    def serve(self) -> None:
        """The server runs."""
        try:
            self._serving.ensure()
        except (ServingFailed, OSError) as error:
            raise HypervisorFailed("The host cannot serve the image.", str(error)) from error

    def is_whole(self, image: ImageRef, *, is_up: bool) -> bool:
        """Completing is begun here, and again if it has failed."""
        name = image.manifest
        if name in self._cache.images():
            return True
        if is_up:
            self._complete(name)
        return False

    def release(self, guest_id: str) -> None:
        """Its images may be given up."""
        for name, holders in self._cache.pins().items():
            if guest_id in holders:
                self._cache.unpin(name, guest_id)

    def keep_only(self, guest_ids: Container[str]) -> None:
        """For an agent that has just begun: whoever held more did not live to let go of it."""
        for holder in {holder for holders in self._cache.pins().values() for holder in holders}:
            if holder not in guest_ids:
                self.release(holder)

    def _may_be_late(self, image: ImageRef) -> bool:
        return (
            self._settings.is_on
            and image.lazy
            and image.format in BOOTABLE
            and image.size >= self._settings.least_bytes
        )

    def _way(self, name: str) -> tuple[Known, Source]:
        now = self._clock.monotonic()
        with self._lock:
            asked_at, known, source = self._sources.get(name, (-GOOD_FOR, Known(), self._cloud))
        if now < asked_at + GOOD_FOR:
            return known, source
        known = self._known(name)
        source = Nearby(known.neighbours, self._cloud)
        with self._lock:
            self._sources[name] = now, known, source
        return known, source

    def _bring(self, name: str, numbers: Iterable[int]) -> None:
        """What a guest waits for."""
        self._cache.bring(name, numbers, self._way(name)[1])

    def _bring_ahead(self, name: str, numbers: Iterable[int]) -> None:
        """What guests of this image read first, before they do."""
        with suppress(ChunkError, LinkFailed, OSError):  # it comes when it is read
            self._cache.bring(name, numbers, self._way(name)[1], ahead=True)

    def _complete(self, name: str) -> None:
        with self._lock:
            is_due = self._clock.monotonic() >= self._fill_again.get(name, 0.0)
            if name in self._filling or not is_due or self._closing.is_set():
                return
            self._filling[name] = threading.Thread(target=self._fill, args=(name,), name="filler", daemon=True)
            self._filling[name].start()

    def _fill(self, name: str) -> None:
        try:
            if not self._closing.wait(AFTER_READY):
                known, source = self._way(name)
                if not known.first:
                    self._tell_first(name)
                self._cache.fetch(name, source, FILLER)
        except (ChunkError, LinkFailed, OSError) as error:
            log.warning("the rest of image %s does not come: %s", name, error)
        finally:
            self._cache.unpin(name, FILLER)
            with self._lock:
                self._fill_again[name] = self._clock.monotonic() + AGAIN
                self._filling.pop(name, None)

    def _tell_first(self, name: str) -> None:
        """Tell the cloud what a boot of this image reads, for the hosts that come after."""
        numbers = noted(self._cache.folder, name)
        if numbers:
            self._cloud.keep_first(name, numbers)


def sockets_in(place: Path, images: Path, owner: str) -> Serving:
    """The server of a host whose files lie in `place`."""
    return Serving(images, place / "lazy", owner)
