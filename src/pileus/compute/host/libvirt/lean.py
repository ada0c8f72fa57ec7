"""Guests whose root disk leans on a promise: what lies beside their disk tells so, and is all there is to know.

    root0.promise       the overlay root0.qcow2 lies on what is served, not on a file of its own
    root0.next.qcow2    the overlay on the whole image's file that QEMU turns to (see pivot.py)
    root0.settled       QEMU has turned: root0.next.qcow2 is the disk, and has still to get the name root0.qcow2

QEMU turns while the guest stands still, and the guest goes on only after the promise became `settled`, which is one
durable rename. So as long as there is a promise, root0.qcow2 is the whole truth, whoever died since.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pileus.compute.host.hypervisor import Promise

DISK, BASE, NEXT = "root0.qcow2", "root0.base", "root0.next.qcow2"
PROMISE, SETTLED = "root0.promise", "root0.settled"


def read(folder: Path) -> Promise | None:
    """What the guest of this folder was promised and still leans on."""
    for name in (PROMISE, SETTLED):
        try:
            return msgspec.json.decode((folder / name).read_bytes(), type=Promise)
        except (FileNotFoundError, msgspec.DecodeError):
            continue
    return None


def write(folder: Path, promise: Promise | None) -> None:
    """Note a promise, or that there is none; before the disk is made on it."""
    if promise is None:
        (folder / PROMISE).unlink(missing_ok=True)
        return
    unfinished = folder / f"{PROMISE}.unfinished"
    unfinished.write_bytes(msgspec.json.encode(promise))
    unfinished.replace(folder / PROMISE)


def leaning(folder: Path) -> Mapping[str, Promise]:
    """The promise by the name of the file that lies on it, where one does."""
    promise = read(folder)
    return {DISK: promise} if promise and (folder / PROMISE).exists() else {}


def image_of(promise: Promise) -> Path:
    """The image's file, by the name it has while it comes or by the one it has when it is whole."""
    coming = Path(promise.file)
    return coming if coming.exists() else coming.with_suffix(".image")


def guests(place: Path) -> set[str]:
    """Whoever leans on a promise."""
    return {path.parent.name for name in (PROMISE, SETTLED) for path in place.glob(f"*/{name}")}


def address(promise: Promise) -> str:
    """What QEMU and its tools call it."""
    return f"nbd+unix:///{promise.export}?socket={promise.socket}"


def commit(folder: Path) -> None:
    """From now on the next disk is the guest's; durable when this comes back."""
    (folder / PROMISE).rename(folder / SETTLED)
    _sync(folder)
    finish(folder)


def finish(folder: Path) -> None:
    """Give the next disk its name, if that is left to do.  It keeps its other one, by which a running QEMU knows it."""
    if not (folder / SETTLED).exists():
        return
    named = folder / f"{DISK}.unfinished"
    named.unlink(missing_ok=True)
    os.link(folder / NEXT, named)
    named.rename(folder / DISK)
    _sync(folder)
    (folder / SETTLED).unlink()


def tidy(folder: Path) -> None:
    """For a guest without a process: names that only a running QEMU needs, and a copy that was not finished, go."""
    finish(folder)
    (folder / NEXT).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
