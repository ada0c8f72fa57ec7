"""A real host's parts: libvirt that is looked after, a cache of images, a Linux switch, a metadata service."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pileus.chunks.errors import ChunkError, StoreFull
from pileus.chunks.host.cache import ImageCache as Cache
from pileus.chunks.store import Source
from pileus.compute.host.hypervisor import HypervisorFailed, ImageCache, Unreachable
from pileus.compute.host.libvirt.driver import LibvirtHypervisor
from pileus.compute.host.libvirt.ground import Ground, survey
from pileus.compute.host.spec import Capacity, ImageRef, SeenGuest
from pileus.host.contain import daemons
from pileus.host.link import HttpLink, LinkFailed
from pileus.host.metadata_server import MetadataServer
from pileus.host.settings import HostSettings
from pileus.kernel.clock import Clock
from pileus.network.host.linux.driver import LinuxSwitch
from pileus.network.host.switch import Outside

log = logging.getLogger(__name__)

BRIDGED_KBPS = 8_800_000
"""What a bridge carried from one veth to another on the machine this was measured on; real interfaces tell theirs."""

HOLDER = "disk"
"""Who holds an image in the cache while its file is handed to the driver, which links it and so keeps its bytes."""


class CachedImages:
    """Images by way of chunks: fetched from the cloud once, then near by."""

    def __init__(self, cache: Cache, cloud: Source) -> None:
        self._cache = cache
        self._cloud = cloud

    def path_of(self, image: ImageRef) -> Path:
        """The image's file.  Should it go before it is linked, the driver's next try brings it again."""
        try:
            return self._cache.fetch(image.manifest, self._cloud, HOLDER)
        except StoreFull as error:
            raise HypervisorFailed("The host has no room for the image.", str(error)) from error
        except (ChunkError, LinkFailed, ValueError) as error:
            raise HypervisorFailed("The host could not fetch the image.", str(error)) from error
        finally:
            self._cache.unpin(image.manifest, HOLDER)


class KeptLibvirt(LibvirtHypervisor):
    """libvirt whose daemons are started again when they are gone, before every look at the guests."""

    def __init__(self, place: Path, images: ImageCache, clock: Clock, *, on: Ground, kbps: int) -> None:
        super().__init__(place, images, clock, on=on)
        self._kbps = kbps

    def guests(self) -> Mapping[str, SeenGuest]:
        """All of them; raises Unreachable."""
        try:
            if daemons.ensure():
                log.info("libvirtd was started")
        except (daemons.DaemonsFailed, OSError) as error:
            raise Unreachable("The host's hypervisor does not answer.", str(error)) from error
        return super().guests()

    def capacity(self) -> Capacity:
        """With the bandwidth of the interface guests use."""
        return msgspec.structs.replace(super().capacity(), ingress_kbps=self._kbps, egress_kbps=self._kbps)


class LibvirtHost:
    """The parts, made in the namespaces in which guests are to live; `place` holds their files."""

    def __init__(self, link: HttpLink, clock: Clock, settings: HostSettings, place: Path) -> None:
        ground = survey(place / "ground", _kernel(settings))
        log.info("guests run under %s", "KVM" if ground.kvm else f"TCG: {ground.because}")
        daemons.ensure()
        cache = Cache(place / "images", settings.cache_gib << 30)
        outside = Outside(settings.network or None, settings.uplink or None, settings.resolvers)
        self.hypervisor = KeptLibvirt(
            place / "guests",
            CachedImages(cache, link),
            clock,
            on=ground,
            kbps=kbps_of(outside.attach or outside.uplink),
        )
        self.switch = LinuxSwitch(place / "network", outside)
        self.metadata = MetadataServer(_nothing)
        self.metadata.start()


def _nothing(guest_id: str, path: str) -> bytes | None:
    """What is known of guests before there is an agent."""


def _kernel(settings: HostSettings) -> Path | None:
    """A kernel for the probe of KVM."""
    if settings.kernel:
        return Path(settings.kernel)
    return max(Path("/boot").glob("vmlinuz-*"), default=None, key=lambda path: path.stat().st_mtime)


def kbps_of(interface: str | None) -> int:
    """What an interface carries, in kilobits a second; `speed` is in megabits, and refused by those that have none."""
    try:
        speed = int(Path(f"/sys/class/net/{interface}/speed").read_text())
    except (OSError, ValueError):
        return BRIDGED_KBPS
    return speed * 1000 if speed > 0 else BRIDGED_KBPS
