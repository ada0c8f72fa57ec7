"""A real host's parts: libvirt that is looked after, a cache of images, a Linux switch, a metadata service."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pileus.chunks.host.cache import ImageCache as Cache
from pileus.compute.host.hypervisor import ImageCache, Unreachable
from pileus.compute.host.libvirt.driver import LibvirtHypervisor
from pileus.compute.host.libvirt.ground import Ground, survey
from pileus.compute.host.spec import Capacity, SeenGuest
from pileus.host.contain import daemons
from pileus.host.images.door import DOOR, Door, on_machine, on_network
from pileus.host.images.promises import LazySettings, PromisedImages, sockets_in
from pileus.host.link import HttpLink
from pileus.host.metadata_server import MetadataServer
from pileus.host.settings import HostSettings
from pileus.kernel.clock import Clock
from pileus.network.host.linux.driver import LinuxSwitch
from pileus.network.host.switch import Outside

log = logging.getLogger(__name__)

BRIDGED_KBPS = 8_800_000
"""What a bridge carried from one veth to another on the machine this was measured on; real interfaces tell theirs."""


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
    """The parts, made in the namespaces in which guests are to live; `place` holds their files.

    Outside of the namespaces, where neighbours look, the same folder is `outside`.
    """

    def __init__(self, link: HttpLink, clock: Clock, settings: HostSettings, place: Path, *, outside: Path) -> None:
        ground = survey(place / "ground", _kernel(settings))
        log.info("guests run under %s", "KVM" if ground.kvm else f"TCG: {ground.because}")
        daemons.ensure()
        cache = Cache(place / "images", settings.cache_gib << 30)
        door = _open_door(cache, link, settings, (place, outside), clock)
        lazily = LazySettings(settings.lazy_boot, settings.lazy_boot_least_mib << 20)
        serving = sockets_in(place, cache.folder, ground.user)
        self.images = PromisedImages(cache, link, clock, serving, lazily, door=door)
        wires = Outside(settings.network or None, settings.uplink or None, settings.resolvers)
        self.hypervisor = KeptLibvirt(
            place / "guests",
            self.images,
            clock,
            on=ground,
            kbps=kbps_of(wires.attach or wires.uplink),
        )
        self.switch = LinuxSwitch(place / "network", wires)
        self.metadata = MetadataServer(_nothing)
        self.metadata.start()


def _open_door(cache: Cache, link: HttpLink, settings: HostSettings, places: tuple[Path, Path], clock: Clock) -> str:
    """Let neighbours in; where they find the door."""
    if settings.neighbours_url:
        certificate, key = Path(settings.neighbours_cert), Path(settings.neighbours_key)
        listener, address = on_network(settings.neighbours_listen, certificate, key), settings.neighbours_url
    else:
        listener, address = on_machine(places[0] / DOOR), f"unix:{places[1] / DOOR}"
    Door(cache, lambda: link.key, listener, clock).open()
    return address


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
