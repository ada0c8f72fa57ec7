"""A contained host whose agent is a process that may be killed, and an image service that may be away or slow.

The agent (this module run as a program) is the real one but for its link: it keeps what `wanted.json` says of guests,
and takes chunks out of a store on disk, as long as there is no file `away`, each request as late as `late` says.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pileus.chunks.host.cache import ImageCache
from pileus.chunks.local import LocalChunkStore
from pileus.compute.host.hypervisor import Unreachable
from pileus.compute.host.keeper import Keeper
from pileus.compute.host.libvirt.driver import LibvirtHypervisor
from pileus.compute.host.spec import Boot, Cpu, Disk, Guest, ImageRef, SeenGuest
from pileus.host.contain.enclosure import HOME, Enclosure
from pileus.host.images.cloud import Known
from pileus.host.images.promises import LazySettings, PromisedImages, sockets_in
from pileus.host.line import LinkFailed
from pileus.kernel.clock import SystemClock
from tests.hosts.contained import ENSURE, GUEST_PARTS, HERE

Answer = TypeVar("Answer")
MIB = 1 << 20
REPOSITORY = Path(__file__).parents[2]


class StoredCloud:
    """The image service, as files: each request is counted in bytes, in the file `sent`."""

    key = b"key"

    def __init__(self, place: Path) -> None:
        self._place = place
        self._store = LocalChunkStore(place / "store")
        self._sent = (place / "sent").open("a", buffering=1)

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        """Chunks, many in a request."""
        self._answer()
        found = list(self._store.chunks(addresses))
        self._sent.write(f"{time.time()} {sum(map(len, found))}\n")
        return iter(found)

    def image(self, name: str) -> Known:
        """The boot list, if one was kept."""
        self._answer()
        kept = self._place / f"first-{name}"
        return Known((), tuple(json.loads(kept.read_text())) if kept.exists() else ())

    def hold(self, door: str, images: Sequence[str]) -> None:
        """Nobody else is there."""

    def keep_first(self, name: str, numbers: Sequence[int]) -> None:
        """Keep a boot list."""
        self._answer()
        (self._place / f"first-{name}").write_text(json.dumps(list(numbers)))

    def _answer(self) -> None:
        late = self._place / "late"
        time.sleep(float(late.read_text()) if late.exists() else 0.0)
        if (self._place / "away").exists():
            raise LinkFailed("the image service has gone")


def agent(place: Path) -> None:
    """Keep the guests as they are wanted, until the process is killed; each is up when it has said `word`."""
    cache = ImageCache(HOME / "images", 8 << 30)
    settings = LazySettings(is_on=not (place / "eager").exists(), least_bytes=MIB)
    images = PromisedImages(
        cache, StoredCloud(place), SystemClock(), sockets_in(HOME, cache.folder, HERE.user), settings
    )
    hypervisor = LibvirtHypervisor(HOME / "guests", images, SystemClock(), on=HERE)
    keeper = Keeper(hypervisor, SystemClock())
    word = (place / "word").read_text() if (place / "word").exists() else "READY"
    while True:
        wanted = {each.id: each for each in msgspec.json.decode((place / "wanted.json").read_bytes(), type=list[Guest])}
        try:
            seen = keeper.look(wanted)
        except Unreachable:
            seen = {}
        for each in wanted:
            if word in hypervisor.console(each, 500):
                hypervisor.heard(each)
        (place / "seen.new").write_bytes(msgspec.json.encode(seen))
        (place / "seen.new").rename(place / "seen.json")
        time.sleep(0.1)


class LazyHost:
    """The host, its agent, and the guests that are wanted there, of which most tests have one."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True, exist_ok=True)
        self.enclosure = Enclosure("lazy-host", place / "host")
        self.enclosure.build()
        self.inside(sys.executable, "-c", ENSURE)
        self.want()
        self.store = LocalChunkStore(place / "store")
        self.agent: subprocess.Popen[bytes] | None = None

    def inside(self, *command: str) -> str:
        """Run a command in the host; what it printed."""
        done = subprocess.run(
            command, preexec_fn=self.enclosure.enter, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def image(self, file: Path, form: Any) -> ImageRef:
        """Put a file into the store."""
        with self.store.upload() as upload, file.open("rb") as stream:
            while batch := stream.read(4 * MIB):
                upload.write(batch)
            stored = upload.finish()
        return ImageRef(id=f"{file.name}", format=form, size=stored.size, manifest=stored.manifest)

    def guest(self, root: ImageRef, **more: Any) -> Guest:
        """A guest that boots the tiny kernel and ramdisk, with that root disk."""
        boot = Boot(self.image(GUEST_PARTS / "vmlinuz", "aki"), self.image(GUEST_PARTS / "initrd", "ari"))
        given = {"id": "00000001-0000-4000-8000-000000000000", "name": "ada", "power": "running", "cpu": Cpu(1)}
        given |= {"memory_mib": 160, "boot": boot, "turn": 1, "config_drive": True, "metadata": {"hostname": "ada"}}
        return Guest(**{**given, "disks": (Disk("root", 0, image=root),), **more})

    def want(self, *guests: Guest) -> None:
        """From now on."""
        (self.place / "wanted.new").write_bytes(msgspec.json.encode(guests))
        (self.place / "wanted.new").rename(self.place / "wanted.json")

    def begin(self) -> None:
        """Start the agent."""
        command = [sys.executable, "-m", "tests.hosts.lazily", str(self.place)]
        paths = os.pathsep.join([str(REPOSITORY), *sys.path])
        with (self.place / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                command,
                preexec_fn=self.enclosure.enter,
                env={**os.environ, "PYTHONPATH": paths},
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Kill the agent."""
        if self.agent:
            self.agent.send_signal(signal.SIGKILL)
            self.agent.wait()

    def all_seen(self) -> dict[str, SeenGuest]:
        """The guests, as the agent saw them last."""
        try:
            return msgspec.json.decode((self.place / "seen.json").read_bytes(), type=dict[str, SeenGuest])
        except FileNotFoundError:
            return {}

    def seen(self) -> SeenGuest | None:
        """The only guest."""
        return next(iter(self.all_seen().values()), None)

    def said(self) -> str:
        """What the guests wrote to their consoles."""
        return "".join(path.read_text(errors="replace") for path in self.place.glob("host/guests/*/console.log"))

    def sent(self, since: float = 0.0, until: float = 1e12) -> int:
        """Bytes that came from the image service, between two moments of Unix time."""
        lines = [line.split() for line in (self.place / "sent").read_text().splitlines()]
        return sum(int(size) for at, size in lines if since <= float(at) <= until)

    def server(self) -> int:
        """The process that serves what was promised."""
        return int((self.place / "host" / "lazy" / "nbd.pid").read_text())

    def type(self, command: str) -> None:
        """Type a command on the guest's serial line."""
        line = self.inside("virsh", "ttyconsole", "00000001-0000-4000-8000-000000000000").strip()
        with os.fdopen(os.open(line, os.O_RDWR | os.O_NOCTTY), "wb", buffering=0) as terminal:
            terminal.write(f"\n{command}\n".encode())
            time.sleep(1)

    def end(self) -> None:
        """Leave no trace."""
        self.kill()
        self.enclosure.raze()


def until(happens: Callable[[], Answer], seconds: float = 90) -> Answer:
    """Wait for something."""
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
    return found


def disk(file: Path, tree: Path, mib: int) -> Path:
    """A raw disk with a file system that the tiny guest takes for its root; `tree` lies in it as written there."""
    subprocess.run(
        ["mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-d", str(tree), str(file), f"{mib}M"],
        check=True,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
    )
    return file


if __name__ == "__main__":
    agent(Path(sys.argv[1]))
