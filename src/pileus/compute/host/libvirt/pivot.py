"""Takes a guest off the promise it leans on, once the image is whole: at once where it does not run, else under it.

QEMU copies the overlay (not what lies below it) onto one that lies on the whole image, follows what the guest writes
meanwhile, and turns to the copy while the guest stands still for a moment. Whatever was done of it may be found half
done, for everybody may die in between; lean.py says why that loses nothing.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock
from xml.etree import ElementTree

import libvirt

from pileus.compute.host.hypervisor import HypervisorFailed, Promise
from pileus.compute.host.libvirt import disks, lean
from pileus.compute.host.libvirt import record as records
from pileus.compute.host.libvirt.define import cache_of
from pileus.compute.host.libvirt.ground import Ground

TARGET = "vda"
"""The root disk is the first."""

COPYING = 600.0
"""Seconds in which an overlay must be copied; a guest that has written more is tried again."""

STOPPING = 20.0
LOOK = 0.05

COPY = (
    libvirt.VIR_DOMAIN_BLOCK_COPY_SHALLOW
    | libvirt.VIR_DOMAIN_BLOCK_COPY_REUSE_EXT
    | libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB
)
SAID = "The host could not move the server to its own disk."


def at_rest(folder: Path, promise: Promise) -> None:
    """Of a guest that does not run, only the name of what lies below its disk changes."""
    lean.tidy(folder)
    if (folder / lean.PROMISE).exists():
        form = _form(promise)
        _run("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", lean.BASE, "-F", form, lean.DISK, folder=folder)
        (folder / lean.PROMISE).unlink()


def running(domain: libvirt.virDomain, folder: Path, promise: Promise, ground: Ground, alone: Lock) -> None:
    """Move a guest that runs, or that stands still because an earlier attempt ended here.

    `alone` is held while it stands still: nobody else of this process is to see it so, or to let it go on.
    """
    is_copied = not (folder / lean.PROMISE).exists() or _file_in_use(domain) == str(folder / lean.NEXT)
    if not is_copied:
        _copy(domain, folder, promise, ground)
    with alone:
        if not is_copied:
            _turn(domain, folder)
        if (folder / lean.PROMISE).exists():
            lean.commit(folder)
        lean.finish(folder)
        go_on(domain, folder)


def go_on(domain: libvirt.virDomain, folder: Path) -> None:
    """End the stand-still that was ours."""
    if records.read(folder).turning and domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
        domain.resume()
    records.change(folder, turning=False)


def stand(domain: libvirt.virDomain, folder: Path) -> None:
    """A guest that stands still is left so by somebody's wish from now on: what was ours of it comes to its end."""
    if records.read(folder).turning:
        if (folder / lean.PROMISE).exists() and _file_in_use(domain) == str(folder / lean.NEXT):
            lean.commit(folder)
        records.change(folder, turning=False)


def give_up(domain: libvirt.virDomain) -> None:
    """End a copy under way, of which libvirt wants to know nothing while it does other things."""
    if _job(domain):
        try:
            domain.blockJobAbort(TARGET, 0)
        except libvirt.libvirtError as trouble:
            if trouble.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:  # it is being ended already
                raise
        _await(lambda: not _job(domain), STOPPING)


def _copy(domain: libvirt.virDomain, folder: Path, promise: Promise, ground: Ground) -> None:
    give_up(domain)
    new = folder / lean.NEXT
    new.unlink(missing_ok=True)
    size = domain.blockInfo(TARGET)[0]
    below = ("-b", lean.BASE, "-F", _form(promise))
    _run("qemu-img", "create", "-q", "-f", "qcow2", *below, lean.NEXT, str(size), folder=folder)
    disks.give(new, ground.user)
    domain.blockCopy(TARGET, _description(folder, promise, ground), {}, COPY)
    _await(lambda: _is_level(domain), COPYING)


def _turn(domain: libvirt.virDomain, folder: Path) -> None:
    """The guest stands still from before QEMU turns until the new disk is noted to be its own."""
    records.change(folder, turning=True)
    domain.suspend()
    try:
        domain.blockJobAbort(TARGET, libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT)
        _await(lambda: _file_in_use(domain) == str(folder / lean.NEXT), STOPPING)
    except BaseException:
        if _file_in_use(domain) != str(folder / lean.NEXT):
            go_on(domain, folder)
        raise


def _description(folder: Path, promise: Promise, ground: Ground) -> str:
    disk = ElementTree.Element("disk", type="file")
    cached = {"name": "qemu", "type": "qcow2", "discard": "unmap", **cache_of(ground)}
    ElementTree.SubElement(disk, "driver", cached)
    ElementTree.SubElement(disk, "source", file=str(folder / lean.NEXT))
    below = ElementTree.SubElement(disk, "backingStore", type="file")
    ElementTree.SubElement(below, "format", type=_form(promise))
    ElementTree.SubElement(below, "source", file=str(folder / lean.BASE))
    ElementTree.SubElement(below, "backingStore")
    return ElementTree.tostring(disk, encoding="unicode")


def _form(promise: Promise) -> str:
    return "qcow2" if promise.image.format == "qcow2" else "raw"


def _job(domain: libvirt.virDomain) -> dict[str, int]:
    return dict(domain.blockJobInfo(TARGET) or {})


def _is_level(domain: libvirt.virDomain) -> bool:
    """Whether the copy has come as far as the disk; raises HypervisorFailed if it has ended before."""
    job, mirror = _job(domain), _disk(domain).find("mirror")
    if not job or mirror is None:
        raise HypervisorFailed(SAID, "the copy of the overlay has ended by itself")
    return mirror.get("ready") == "yes" and job["cur"] == job["end"]


def _file_in_use(domain: libvirt.virDomain) -> str:
    source = _disk(domain).find("source")
    return "" if source is None else source.get("file", "")


def _disk(domain: libvirt.virDomain) -> ElementTree.Element:
    for disk in ElementTree.fromstring(domain.XMLDesc(0)).iterfind("devices/disk"):
        target = disk.find("target")
        if target is not None and target.get("dev") == TARGET:
            return disk
    raise HypervisorFailed(SAID, f"there is no disk {TARGET}")


def _await(happens: Callable[[], bool], seconds: float) -> None:
    deadline, pause = time.monotonic() + seconds, Event()
    while not happens():
        if time.monotonic() > deadline:
            raise HypervisorFailed(SAID, f"QEMU has not done it in {seconds:g} s")
        pause.wait(LOOK)


def _run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise HypervisorFailed(SAID, f"{command[0]}: {done.stderr.strip()}")
