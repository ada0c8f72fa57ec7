"""A host's own namespaces on this machine: made once, pinned by mounts, and so outliving every process.

Within them lie the host's links, taps and nftables (net), its libvirt's files (mnt), its name (uts) and the
tree of its guests' control groups (cgroup).  Nothing of the machine changes, and several hosts fit on one.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pileus.host.contain import cgroups, namespaces

OWN = {
    "run": Path("/run"),
    "etc": Path("/etc/libvirt"),
    "lib": Path("/var/lib/libvirt"),
    "cache": Path("/var/cache/libvirt"),
    "log": Path("/var/log/libvirt"),
}
"""What a host has of its own, under its directory, and where its processes see it.  The targets belong to the
libvirt packages; a machine that was trimmed may lack them."""

HOME = Path("/run/pileus")
"""Where a host's processes see the host's directory.  QEMU, an ordinary user, gets no further on the machine's own
way there than its first closed folder."""

KNOWN = {
    "passwd": "libvirt-qemu:x:64055:64055:guests:/var/lib/libvirt:/usr/sbin/nologin",
    "group": "libvirt-qemu:x:64055:",
    "hosts": "127.0.1.1 {name}",
}
"""What is known inside beside what these files of /etc say outside: the user guests run as, without whom Debian's
libvirtd does not start though no package it needs makes him (with the numbers Debian reserves for him), and the host's
name, which libvirt would ask the network for."""

GENERATIONS = 5
"""How often processes are looked for and killed: who is killed while it forks leaves a child."""


class ContainFailed(Exception):
    """The namespaces could not be made; the text says which call was refused and why."""


@dataclass(frozen=True)
class Enclosure:
    """The namespaces of the host `name`, whose files lie in `directory`.

    `network=False` leaves the host in the machine's own network: for `--network IFACE`, where guests meet a real one.
    """

    name: str
    directory: Path
    network: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", self.name):
            raise ContainFailed(f"{self.name!r} cannot be a host's name")

    @property
    def group(self) -> str:
        """The control group's name, unique on the machine also where two clouds name a host alike."""
        return f"pileus-{self.name}-{zlib.crc32(os.fsencode(self.directory.absolute())):08x}"

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in namespaces.NEW if self.network or kind != "net"]

    def pin(self, kind: str) -> Path:
        return self.directory / "ns" / kind

    def stands(self) -> bool:
        """Whether all namespaces are there.  They are pinned last, so then all within them is ready too."""
        return all(namespaces.is_pinned(self.pin(kind)) for kind in self.kinds)

    def stands_without(self, kind: str) -> bool:
        """Whether all but one are there."""
        return [each for each in namespaces.NEW if not namespaces.is_pinned(self.pin(each))] == [kind]

    def build(self) -> None:
        """Makes what `stands` asks for; where it stands, nothing happens.  Raises ContainFailed."""
        if self.stands():
            return
        try:
            self.evict()
            self._make_room()
            self._pin_those_of_a_child()
        except OSError as trouble:
            raise ContainFailed(str(trouble)) from trouble

    def _make_room(self) -> None:
        shutil.rmtree(self.directory / "run", ignore_errors=True)  # pid files and sockets of an earlier life
        for path in [self.directory / name for name in (*OWN, "ns")] + list(OWN.values()):
            path.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711)

    def _pin_those_of_a_child(self) -> None:
        told, tell = os.pipe()
        go, release = os.pipe()
        child = os.fork()
        if not child:
            os.close(release)
            self._live_inside(tell, go)
        os.close(tell)
        os.close(go)
        try:
            because = _read_all(told)
            if not because:
                self._pin(child)
        finally:
            os.close(release)
            os.waitpid(child, 0)
        if because:
            raise ContainFailed(because)

    def _live_inside(self, tell: int, go: int) -> None:
        """The child: makes the namespaces, furnishes them, and stays until they are pinned."""
        try:
            self._furnish()
        except Exception as trouble:  # whatever it is, the parent tells it
            os.write(tell, str(trouble).encode())
        os.close(tell)
        os.read(go, 1)
        os._exit(0)

    def _furnish(self) -> None:
        cgroups.make(self.group)
        namespaces.unshare(*self.kinds)
        cgroups.settle(self.group)
        namespaces.mount("none", Path("/"), flags=namespaces.RECURSIVE | namespaces.PRIVATE)
        for pin in namespaces.pinned_elsewhere():  # or this namespace would keep other hosts' alive
            namespaces.unmount(pin)
        self._show_cgroups()
        for name, target in OWN.items():
            namespaces.mount(self.directory / name, target, flags=namespaces.BIND)
        HOME.mkdir()
        namespaces.mount(self.directory, HOME, flags=namespaces.BIND)
        self._add_to_what_is_known()
        _lend_kvm()
        socket.sethostname(self.name)
        if self.network:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    def _add_to_what_is_known(self) -> None:
        for file, line in KNOWN.items():
            known, entry = Path("/etc", file).read_text(), line.format(name=self.name)
            if f"\n{entry.partition(':')[0]}" not in known:
                (self.directory / file).write_text(known.rstrip("\n") + f"\n{entry}\n")
                namespaces.mount(self.directory / file, Path("/etc", file), flags=namespaces.BIND)

    def _show_cgroups(self) -> None:
        """/sys of this network, and in it the groups as this namespace sees them: its own group is the root."""
        shown = [hierarchy.controllers for hierarchy in cgroups.hierarchies()]
        namespaces.unmount(Path("/sys"))
        namespaces.mount("sysfs", Path("/sys"), kind="sysfs")
        root = Path("/sys/fs/cgroup")
        if any(shown):
            namespaces.mount("tmpfs", root, kind="tmpfs", data="mode=755")
        for controllers in shown:
            where = root / ",".join(controllers)
            where.mkdir(exist_ok=True)
            namespaces.mount("cgroup", where, kind="cgroup" if controllers else "cgroup2", data=",".join(controllers))

    def _pin(self, process: int) -> None:
        place = self.directory / "ns"
        namespaces.mount(place, place, flags=namespaces.BIND)
        namespaces.mount("none", place, flags=namespaces.PRIVATE)  # on a shared mount a mnt namespace is not taken
        for kind in self.kinds:
            self.pin(kind).touch()
            namespaces.mount(f"/proc/{process}/ns/{kind}", self.pin(kind), flags=namespaces.BIND)

    def enter(self) -> None:
        """Moves this process, which must have one thread only, inside; what it starts from then on is inside too."""
        cgroups.join(self.group)
        doors = [(kind, os.open(self.pin(kind), os.O_RDONLY | os.O_CLOEXEC)) for kind in self.kinds]
        for kind, door in doors:
            namespaces.join(door, kind)
            os.close(door)

    def inhabitants(self) -> list[int]:
        """Every process that lives in one of these namespaces."""
        pins = {kind: self.pin(kind) for kind in ("mnt", "net")}
        homes = {(kind, pin.stat().st_ino) for kind, pin in pins.items() if namespaces.is_pinned(pin)}
        return [process for process in _processes() if homes & set(_homes(process))]

    def evict(self) -> None:
        """Ends every process inside and lets the namespaces go; files stay.  Raises ContainFailed."""
        for _ in range(GENERATIONS):
            for process in self.inhabitants():
                _end(process)
        if left := self.inhabitants():
            raise ContainFailed(f"processes of the host {self.name} do not end: {', '.join(map(str, left))}")
        for kind in namespaces.NEW:
            namespaces.unmount(self.pin(kind))
        namespaces.unmount(self.directory / "ns")
        cgroups.remove(self.group)

    def raze(self) -> None:
        """Leaves no trace: processes, namespaces with all links in them, control groups, files."""
        self.evict()
        shutil.rmtree(self.directory, ignore_errors=True)


def _lend_kvm() -> None:
    """A node of the KVM device that the guests' user may open; who may open the machine's is not ours to change.

    (libvirt would also ask QEMU for its abilities anew at every start, seconds each, if it had KVM but no access.)
    """
    device, lent = Path("/dev/kvm"), Path("/run/devices")
    if device.exists():
        lent.mkdir()
        namespaces.mount("tmpfs", lent, kind="tmpfs", data="mode=711")
        os.mknod(lent / "kvm", 0o600 | stat.S_IFCHR, device.stat().st_rdev)
        shutil.chown(lent / "kvm", "libvirt-qemu")
        namespaces.mount(lent / "kvm", device, flags=namespaces.BIND)


def _processes() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _homes(process: int) -> Iterator[tuple[str, int]]:
    for kind in ("mnt", "net"):
        try:
            yield kind, Path(f"/proc/{process}/ns/{kind}").stat().st_ino
        except OSError:  # it has just ended
            return


def _end(process: int) -> None:
    """Kills a process and waits until it is gone (at most 10 s, for one stuck in the kernel)."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(process)
        with os.fdopen(handle):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            select.select([handle], [], [], 10)


def _read_all(descriptor: int) -> str:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read().decode()
