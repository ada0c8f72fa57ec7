"""libvirt's guests on images that are still on their way: the suite that the fake passes too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pileus.chunks.host.cache import ImageCache
from pileus.chunks.local import LocalChunkStore
from pileus.compute.host.libvirt.driver import LibvirtHypervisor
from pileus.compute.host.spec import Disk, Guest, ImageRef
from pileus.host.contain.enclosure import HOME
from pileus.host.images.promises import LazySettings, PromisedImages, sockets_in
from pileus.kernel.clock import SystemClock
from tests.chunks.contents import MIB, noise, put
from tests.compute.host.leaning_suite import LeaningSuite
from tests.compute.host.specs import guest
from tests.hosts.contained import GUEST_PARTS, HERE, ContainedHost
from tests.hosts.lazily import StoredCloud

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(200)]


class Promising(ContainedHost):
    """A host whose images come from a store on disk."""

    def __init__(self, directory: Path) -> None:
        self.cloud = directory.with_name("cloud")
        self.cloud.mkdir()
        super().__init__(directory)

    def drive(self) -> LibvirtHypervisor:
        self.cache = ImageCache(HOME / "images", 1 << 30)
        serving = sockets_in(HOME, self.cache.folder, HERE.user)
        origin = StoredCloud(self.cloud)
        self.promised = PromisedImages(self.cache, origin, SystemClock(), serving, LazySettings(least_bytes=MIB))
        return LibvirtHypervisor(HOME / "guests", self.promised, SystemClock(), on=HERE)

    def held(self) -> set[str]:
        """Who was promised something."""
        return {holder for holders in self.cache.pins().values() for holder in holders}

    def come(self) -> None:
        """All of the disk's image comes."""
        self.do(lambda: self.cache.fetch(self.root.manifest, StoredCloud(self.cloud), "test"))
        self.cache.unpin(self.root.manifest, "test")

    def forget(self) -> None:
        """As if it had never come."""
        self.cache.forget(self.root.manifest)

    def keep(self, content: bytes, name: str, form: Any) -> ImageRef:
        """Put an image into the cloud."""
        store = LocalChunkStore(self.cloud / "store")
        manifest = put(store, content).manifest
        store.close()
        return ImageRef(id=name, format=form, size=len(content), manifest=manifest)

    def wanted(self) -> Guest:
        """A guest of the tiny kernel on a disk of noise."""
        self.root = self.keep(noise(8 * MIB), "root", "raw")
        kernel, ramdisk = ((GUEST_PARTS / name).read_bytes() for name in ("vmlinuz", "initrd"))
        boot = guest().boot
        assert boot is not None
        return guest(
            disks=(Disk("root", 16, image=self.root),),
            boot=type(boot)(self.keep(kernel, "kernel", "aki"), self.keep(ramdisk, "ramdisk", "ari")),
        )


@pytest.fixture(scope="module")
def promises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Promising]:
    made = Promising(tmp_path_factory.mktemp("leaning") / "host")
    yield made
    made.end()


@pytest.fixture(scope="module")
def wanted(promises: Promising) -> Guest:
    return promises.wanted()


@pytest.fixture
def hypervisor(promises: Promising) -> Iterator[Any]:
    promises.forget()
    yield promises.hypervisor
    for each in promises.hypervisor.guests():
        promises.hypervisor.forget(each)


class TestLibvirtLeans(LeaningSuite):
    """The shared suite of guests that begin early."""
