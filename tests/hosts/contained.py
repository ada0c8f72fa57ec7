"""Contained hosts for tests, and a thread that lives inside one."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from pileus.compute.host.libvirt.driver import LibvirtHypervisor
from pileus.compute.host.libvirt.ground import Ground
from pileus.compute.host.spec import ImageRef, tap_of
from pileus.host.contain import namespaces
from pileus.host.contain.enclosure import HOME, Enclosure
from pileus.kernel.clock import SystemClock

CLONE_FS = 0x200
GUEST_PARTS = Path(__file__).parents[2] / "build" / "guest"
HERE = Ground(kvm=False, ecu_per_core=16, because="tests are not to depend on it")
ENSURE = "from pileus.host.contain import daemons; daemons.ensure()"
Answer = TypeVar("Answer")


class Parts:
    """The tiny guest's files, as a host's cache would have them, and whatever a test adds."""

    def __init__(self) -> None:
        self.added: dict[str, Path] = {}

    def path_of(self, image: ImageRef) -> Path:
        return self.added.get(image.id, GUEST_PARTS / image.id)


class ContainedHost:
    """A host of its own with libvirt running; `hypervisor` may be used from any thread."""

    def __init__(self, directory: Path) -> None:
        self.enclosure = Enclosure("test-host", directory)
        self.enclosure.build()
        self.ensure()
        self._inside = ThreadPoolExecutor(1, "inside", self._enter)
        self.images = Parts()
        self.hypervisor: Any = Inside(self, self.do(self.drive))

    def ensure(self) -> None:
        """What the agent does before every look."""
        subprocess.run([sys.executable, "-c", ENSURE], preexec_fn=self.enclosure.enter, check=True, timeout=60)

    def drive(self) -> LibvirtHypervisor:
        """A driver as an agent that has just been started makes one."""
        return LibvirtHypervisor(HOME / "guests", self.images, SystemClock(), on=HERE)

    def do(self, work: Callable[[], Answer]) -> Answer:
        """Do something inside."""
        return self._inside.submit(work).result(timeout=100)

    def run(self, command: str) -> str:
        """Run a command inside, which must succeed; what it printed."""
        done = self.do(lambda: subprocess.run(command, shell=True, capture_output=True, text=True, check=False))
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def plug(self, *ports: str) -> None:
        """Make taps as the network part does; the machine's qemu user may open them."""
        for port in ports:
            self.run(f"ip tuntap add {tap_of(port)} mode tap vnet_hdr && ip link set {tap_of(port)} up")

    def unplug(self, *ports: str) -> None:
        for port in ports:
            self.run(f"ip link del {tap_of(port)}")

    def process_of(self, daemon: str) -> int:
        return int(self.run(f"cat /run/{daemon}.pid"))

    def end(self) -> None:
        self._inside.shutdown()
        self.enclosure.raze()

    def _enter(self) -> None:
        """With this thread only: unlike a process's, its view of files must be its own first."""
        assert ctypes.CDLL(None).unshare(CLONE_FS) == 0
        for kind in self.enclosure.kinds:
            with contextlib.closing(os.fdopen(os.open(self.enclosure.pin(kind), os.O_RDONLY))) as door:
                namespaces.join(door.fileno(), kind)


class Inside:
    """Something whose methods run inside a host."""

    def __init__(self, host: ContainedHost, what: object) -> None:
        self._host = host
        self._what = what

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *given, **named: self._host.do(lambda: getattr(self._what, name)(*given, **named))
