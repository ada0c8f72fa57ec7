"""The handful of system calls that make, join and mount within Linux namespaces."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

NEW = {"cgroup": 0x02000000, "uts": 0x04000000, "net": 0x40000000, "mnt": 0x00020000}
"""The CLONE_NEW… flags of <linux/sched.h>, in the order in which they are joined: the mount namespace last,
since after it the machine's own files are out of sight."""

BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
DETACH = 2
"""MS_BIND, MS_REC, MS_PRIVATE of <linux/mount.h>, and MNT_DETACH of umount2(2)."""

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(*kinds: str) -> None:
    """Moves this process into new namespaces of these kinds."""
    _check(_libc.unshare(sum(NEW[kind] for kind in kinds)), f"unshare {' '.join(kinds)}")


def join(descriptor: int, kind: str) -> None:
    """Moves this process into the namespace behind an open file."""
    _check(_libc.setns(descriptor, NEW[kind]), f"join a {kind} namespace")


def mount(source: Path | str, target: Path, *, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    paths = os.fsencode(source), os.fsencode(target)
    done = _libc.mount(*paths, kind.encode() or None, ctypes.c_ulong(flags), data.encode() or None)
    _check(done, f"mount {source} on {target}")


def unmount(target: Path) -> None:
    """umount2(2), lazily; a path where nothing is mounted is left alone."""
    if _libc.umount2(os.fsencode(target), DETACH) and ctypes.get_errno() not in (2, 22):  # ENOENT, EINVAL: not mounted
        _check(-1, f"unmount {target}")


def is_pinned(path: Path) -> bool:
    """Whether a namespace is mounted on this file."""
    try:
        return path.stat().st_dev == Path("/proc/self/ns/net").stat().st_dev
    except FileNotFoundError:
        return False


def pinned_elsewhere() -> list[Path]:
    """Where this mount namespace holds other namespaces alive, by /proc/self/mountinfo (proc(5))."""
    lines = [line.split(" - ") for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [Path(left.split()[4]) for left, right in lines if right.startswith("nsfs ")]


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"could not {what}: {os.strerror(number)}")
