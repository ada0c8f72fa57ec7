"""Puts a host's agent together: fakes in memory, or libvirt and Linux networking in namespaces of the host's own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pileus.chunks.host.cache import ImageCache
from pileus.compute.host.fake import CAPACITY, FakeHypervisor, Faults
from pileus.compute.host.keeper import Keeper
from pileus.host.delivery import Delivery
from pileus.host.images.door import DOOR, Door, on_machine
from pileus.host.images.keep import HostImages
from pileus.host.loop import Agent
from pileus.host.run import Runner
from pileus.host.shipping import in_this_process
from pileus.host.snapshots import Snapshots
from pileus.kernel.clock import Clock
from pileus.network.host.fake import FakeSwitch

if TYPE_CHECKING:
    from pileus.host.images.cloud import Cloud
    from pileus.host.link import HttpLink
    from pileus.host.settings import HostSettings

log = logging.getLogger(__name__)

FAKE_IMAGES = 4 << 30
"""Bytes of images on a fake host that nobody there uses any more."""

UNBOUNDED = 1 << 40
"""Bytes a second that a fake disk is read at most."""

MANY = 1_000_000
"""Boots at a time on a fake host: a guest that takes no room starves nobody."""


def fake(
    link: HttpLink, clock: Clock, *, capacity: dict[str, int], faults: Faults, place: Path | None = None
) -> Runner:
    """A host in memory.  `capacity` is what it has, in the words of `Capacity`.

    With a `place` for them it fetches its guests' images, and gives them out to its neighbours.
    """
    images = images_in(place, link, clock) if place else None
    has = msgspec.structs.replace(CAPACITY, **capacity)
    hypervisor = FakeHypervisor(clock, images, capacity=has, faults=faults, chunks=link)
    tell = images.tell if images else _nothing

    def make(workers: ThreadPoolExecutor, runner: Runner) -> Agent:
        ship = in_this_process(lambda: Delivery(link.way), UNBOUNDED)
        snapshots = Snapshots(hypervisor, ship, run=_in_background, wake=runner.wake)
        keeper = Keeper(hypervisor, clock, boots=MANY)
        return Agent(link, keeper, hypervisor, FakeSwitch(), snapshots=snapshots, tell=tell)

    return Runner(link, hypervisor, make)


def _nothing() -> None:
    """What a host without images has to tell of them."""


def images_in(place: Path, cloud: Cloud, clock: Clock, limit: int = FAKE_IMAGES) -> HostImages:
    """A fake host's images, really there, with an open door."""
    cache = ImageCache(place / "images", limit)
    Door(cache, lambda: cloud.key, on_machine(place / DOOR), clock).open()
    return HostImages(cache, cloud, clock, door=f"unix:{place / DOOR}")


def real(link: HttpLink, clock: Clock, settings: HostSettings, place: Path, *, outside: Path) -> Runner:
    """A host with libvirt, whose files lie in `place`; to be called where its guests are to live.

    `outside` is how the same folder is called where the host's namespaces are not.
    """
    from pileus.host.libvirt_host import LibvirtHost
    from pileus.host.shipping_process import in_process

    host = LibvirtHost(link, clock, settings, place, outside=outside)

    def make(workers: ThreadPoolExecutor, runner: Runner) -> Agent:
        keeper = Keeper(host.hypervisor, clock, run=workers.submit, wake=runner.wake)
        ship = in_process(settings.snapshot_mib << 20, lambda: link.way)
        snapshots = Snapshots(host.hypervisor, ship, run=_in_background, wake=runner.wake)
        agent = Agent(
            link,
            keeper,
            host.hypervisor,
            host.switch,
            snapshots=snapshots,
            follow=host.metadata.follow,
            tell=host.images.tell,
        )
        host.metadata.documents = agent.documents
        return agent

    return Runner(link, host.hypervisor, make)


def _in_background(job: Callable[[], None]) -> None:
    """A thread that nobody waits for: what it was at is found, and done anew, by the next agent."""
    threading.Thread(target=job, name="snapshot", daemon=True).start()
