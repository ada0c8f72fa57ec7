"""The files of one guest: overlays, empty disks, kernel and config drive, each complete as soon as it has its name."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pileus.compute.host import configdrive
from pileus.compute.host.hypervisor import Hopeless, HypervisorFailed, ImageCache, Promise, PromisesImages
from pileus.compute.host.libvirt import lean, qcow2
from pileus.compute.host.spec import Disk, Guest, ImageRef

MIB = 1 << 20
KERNEL, RAMDISK, CONFIG_DRIVE = "kernel", "ramdisk", "config.iso"
OWN = (".qcow2", ".raw", ".iso")
"""What a guest has for itself, by its ending; the rest are images, whose bytes it shares with others."""

LAY = {"ephemeral": ("mkfs.ext4", "-q", "-F", "-E", "nodiscard", "-L"), "swap": ("mkswap", "-L")}
"""What is laid on an empty disk; a label and the file follow."""


def file_of(disk: Disk) -> str:
    """The name of a disk's file in its guest's folder."""
    return f"{disk.role}{disk.index}.{'qcow2' if disk.role == 'root' else 'raw'}"


def prepare(folder: Path, guest: Guest, images: ImageCache, *, owner: str) -> None:
    """Makes what the guest lacks; what is there stays as it is.  May take as long as fetching an image does.

    `owner` is the user QEMU runs as: he may write the guest's own disks, and read the rest.
    """
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    lean.finish(folder)
    try:
        for name, make in _parts(folder, guest, images):
            _once(folder / name, make, owner)
    except OSError as trouble:
        full = trouble.errno in (errno.ENOSPC, errno.EDQUOT)
        said = "The host's disk is full." if full else "The host could not make the server's disks."
        raise HypervisorFailed(said, str(trouble)) from trouble


def keep_base(folder: Path, promise: Promise, images: ImageCache) -> None:
    """The whole image that was promised, by its name in the guest's folder."""
    _once(folder / lean.BASE, partial(_keep, images, promise.image), "")


def _parts(folder: Path, guest: Guest, images: ImageCache) -> Iterator[tuple[str, Callable[[Path], None]]]:
    for disk in guest.disks:
        if disk.image and not _leans(folder, disk, guest, images):
            yield base_of(disk), partial(_keep, images, disk.image)
        yield file_of(disk), partial(_make_disk, disk)
    if guest.boot:
        yield KERNEL, partial(_keep, images, guest.boot.kernel)
    if guest.boot and guest.boot.ramdisk:
        yield RAMDISK, partial(_keep, images, guest.boot.ramdisk)
    if guest.config_drive:
        yield CONFIG_DRIVE, partial(configdrive.write, guest)


def _leans(folder: Path, disk: Disk, guest: Guest, images: ImageCache) -> bool:
    """Whether a disk is to lie on a promise; decided when it is made, and found again later."""
    if (folder / file_of(disk)).exists():
        return file_of(disk) in lean.leaning(folder)
    if file_of(disk) != lean.DISK or disk.image is None or not isinstance(images, PromisesImages):
        return False
    promise = images.promise(disk.image, guest.id)
    lean.write(folder, promise)
    return promise is not None


def _once(file: Path, make: Callable[[Path], None], owner: str) -> None:
    if not file.exists():
        unfinished = file.with_name(f"{file.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        make(unfinished)
        if file.suffix in OWN:
            give(unfinished, owner)
        else:
            unfinished.chmod(0o444)
        unfinished.rename(file)


def give(file: Path, owner: str) -> None:
    """To QEMU's user, and to nobody beside: guests' disks lie where every user of the machine may look them up."""
    file.chmod(0o600)
    shutil.chown(file, owner)


def base_of(disk: Disk) -> str:
    """The name, in its guest's folder, of the image below a disk."""
    return f"{disk.role}{disk.index}.base"


def _keep(images: ImageCache, image: ImageRef, file: Path) -> None:
    """A second name for the cached file keeps its bytes when the cache lets go of them; elsewhere a copy must do."""
    cached = images.path_of(image)
    try:
        os.link(cached, file)
    except OSError as trouble:
        if trouble.errno not in (errno.EXDEV, errno.EMLINK):
            raise
        shutil.copyfile(cached, file)


def _make_disk(disk: Disk, file: Path) -> None:
    if disk.role == "root":
        _make_root(disk, file)
        return
    with file.open("wb") as stream:
        stream.truncate(disk.size_mib * MIB)
    _run(*LAY[disk.role], f"{disk.role}{disk.index}", file.name, folder=file.parent)


def _make_root(disk: Disk, file: Path) -> None:
    """The format of the base is always said, never found out by QEMU: a raw disk's owner chooses its first bytes."""
    below: tuple[str, ...] = ()
    size = disk.size_mib * MIB
    if disk.image:
        form = "qcow2" if disk.image.format == "qcow2" else "raw"
        promise = lean.leaning(file.parent).get(file_of(disk))
        base = lean.image_of(promise) if promise else file.with_name(base_of(disk))
        size = _grown(size, qcow2.virtual_size(base, form))
        below = ("-u", "-b", lean.address(promise) if promise else base.name, "-F", form)
    _run("qemu-img", "create", "-q", "-f", "qcow2", *below, file.name, str(size), folder=file.parent)


def _grown(asked: int, least: int) -> int:
    if asked and asked < least:
        raise Hopeless(f"The image needs a disk of {-(-least // MIB)} MiB, and the server's has {asked // MIB} MiB.")
    return asked or -(-least // 512) * 512


def _run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise HypervisorFailed("The host could not make the server's disks.", f"{command[0]}: {done.stderr.strip()}")
