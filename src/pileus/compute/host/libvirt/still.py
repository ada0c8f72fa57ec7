"""A guest's root disk held at one moment: of a running guest by a backup in pull mode, which spares it all writing.

QEMU copies what the guest overwrites to a scratch file and gives out the disk as it was.  The guest's own files stay
the only ones it has, so there is nothing to be merged afterwards: whoever dies meanwhile, what is left is a job to be
ended and a folder to be removed.  The guest is paused while the map of its disk is looked at, some tenths of a second.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

import libvirt
import msgspec

from pileus.chunks.recutting import Change
from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.libvirt import mapping, qcow2
from pileus.compute.host.libvirt.nbd import NbdReader

FOLDER = "snapshot"
SOCKET, SCRATCH, EXPORT = "disk.sock", "scratch.qcow2", "root"
TARGET = "vda"
"""The root disk is the first one, and so it is called in its guest's definition."""

OPENING = 10.0
"""Seconds qemu-nbd may take to give out a file."""


class NbdStill(msgspec.Struct):
    """A disk held still, as it can be told to another process; it is read over NBD from a socket.

    Of a guest that does not run nobody gives it out yet: who opens it has `file` given out for as long as it is open.
    """

    socket: str
    size: int
    changes: tuple[Change, ...]
    file: str = ""
    _reader: NbdReader | None = None

    def read(self, position: int, length: int) -> bytes:
        """So many bytes of the disk; raises OSError."""
        if self._reader is None:
            self._reader = _given_out(self.socket, self.file) if self.file else NbdReader(self.socket, EXPORT)
        return self._reader.read(position, length)

    def close(self) -> None:
        """qemu-nbd ends when its last reader goes."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _given_out(path: str, file: str) -> NbdReader:
    command = ["qemu-nbd", "--read-only", "--format=qcow2", f"--socket={path}", f"--export-name={EXPORT}", file]
    given = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + OPENING
    while True:
        try:
            return NbdReader(path, EXPORT)
        except OSError as trouble:
            if given.poll() is not None or time.monotonic() > deadline:
                given.kill()
                said = given.communicate()[1].decode(errors="replace").strip()
                raise OSError(f"qemu-nbd: {said or trouble}") from trouble
        with contextlib.suppress(subprocess.TimeoutExpired):
            given.wait(0.01)


def of_stopped(overlay: Path, folder: Path, owner: str) -> NbdStill:
    """The disk of a guest that does not run."""
    _make_folder(folder, owner)
    return NbdStill(str(folder / SOCKET), qcow2.disk_size(overlay), mapping.changes(overlay), str(overlay))


def of_running(domain: libvirt.virDomain, overlay: Path, folder: Path, owner: str) -> NbdStill:
    """The disk of a guest that runs, or is paused; it is as it was before when this returns, or raises."""
    _make_folder(folder, owner)
    size = qcow2.disk_size(overlay)
    _make_scratch(folder / SCRATCH, size, owner)
    was_running = domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING
    if was_running:
        domain.suspend()
    try:
        found = mapping.changes(overlay)
        domain.backupBegin(backup_xml(domain, folder), None, libvirt.VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL)
    finally:
        if was_running:
            domain.resume()
    return NbdStill(str(folder / SOCKET), size, found)


def backup_xml(domain: libvirt.virDomain, folder: Path) -> str:
    """What is asked of libvirt: the root disk given out, the others left alone."""
    backup = ElementTree.Element("domainbackup", mode="pull")
    ElementTree.SubElement(backup, "server", transport="unix", socket=str(folder / SOCKET))
    disks = ElementTree.SubElement(backup, "disks")
    for name in _disks_of(domain.XMLDesc()):
        wanted = name == TARGET
        disk = ElementTree.SubElement(disks, "disk", name=name, backup="yes" if wanted else "no")
        if wanted:
            disk.attrib |= {"type": "file", "exportname": EXPORT}
            ElementTree.SubElement(disk, "driver", type="qcow2")
            ElementTree.SubElement(disk, "scratch", file=str(folder / SCRATCH))
    return ElementTree.tostring(backup, encoding="unicode")


def _disks_of(description: str) -> list[str]:
    targets = ElementTree.fromstring(description).iterfind("devices/disk/target")
    return [target.attrib["dev"] for target in targets]


def end(domain: libvirt.virDomain | None, folder: Path) -> None:
    """End what holds the disk, if anything does, and remove its folder."""
    if domain is not None and domain.isActive() and folder.exists():
        try:
            domain.abortJob()
        except libvirt.libvirtError as trouble:
            if trouble.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:  # there is no job
                raise
    shutil.rmtree(folder, ignore_errors=True)


def _make_folder(folder: Path, owner: str) -> None:
    folder.mkdir(mode=0o700)
    shutil.chown(folder, owner)


def _make_scratch(file: Path, size: int, owner: str) -> None:
    command = ["qemu-img", "create", "-q", "-f", "qcow2", str(file), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        because = f"qemu-img create: {done.stderr.strip()}"
        raise HypervisorFailed("The host has no room to hold the server's disk still.", because)
    shutil.chown(file, owner)
