"""The images of this host: brought by chunks, from neighbours before the cloud, and told to the cloud for them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pileus.chunks.errors import ChunkError, StoreFull
from pileus.chunks.host.cache import ImageCache as Cache
from pileus.chunks.store import Source
from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.spec import ImageRef
from pileus.host.images.cloud import Cloud, Known
from pileus.host.images.near import Nearby
from pileus.host.line import LinkFailed
from pileus.kernel.clock import Clock

log = logging.getLogger(__name__)

HOLDER = "disk"
"""Who holds an image in the cache while its file is handed to the driver, which links it and so keeps its bytes."""

TELL_AGAIN = 60.0
"""Seconds after which the cloud is told again what is here, though nothing has changed: it may have lost it."""


class HostImages:
    """What a driver asks for images, and what the agent tells of them; `door` is where neighbours may ask, if any."""

    def __init__(self, cache: Cache, cloud: Cloud, clock: Clock, *, door: str = "") -> None:
        self._cache, self._cloud, self._clock, self._door = cache, cloud, clock, door
        self._told: tuple[bytes, list[str]] = b"", []
        self._told_at = 0.0

    def path_of(self, image: ImageRef) -> Path:
        """The image's file.  Should it go before it is linked, the driver's next try brings it again."""
        try:
            with told_to_owners():
                return self._cache.fetch(image.manifest, self._source(image.manifest), HOLDER)
        finally:
            self._cache.unpin(image.manifest, HOLDER)

    def tell(self) -> None:
        """Tell the cloud which images are here, where that is news to it; raises what the way there raises."""
        now, held = self._clock.monotonic(), (self._cloud.key, sorted(self._cache.images()))
        if self._door and (held != self._told or now >= self._told_at + TELL_AGAIN):
            self._cloud.hold(self._door, held[1])
            self._told, self._told_at = held, now

    def _source(self, name: str) -> Source:
        """From where an image is brought."""
        if name in self._cache.images():
            return self._cloud
        return Nearby(self._known(name).neighbours, self._cloud)

    def _known(self, name: str) -> Known:
        try:
            return self._cloud.image(name)
        except LinkFailed as error:
            log.info("the cloud tells nothing of image %s: %s", name, error)
            return Known()


@contextmanager
def told_to_owners() -> Iterator[None]:
    """What can go wrong with an image, as sentences for the owners of servers."""
    try:
        yield
    except StoreFull as error:
        raise HypervisorFailed("The host has no room for the image.", str(error)) from error
    except (ChunkError, LinkFailed, ValueError) as error:
        raise HypervisorFailed("The host could not fetch the image.", str(error)) from error
