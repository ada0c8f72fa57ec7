"""A control group of a host's own in every hierarchy its libvirt uses, version 1 and version 2.

libvirtd without systemd puts its guests below `/machine` of the hierarchy's root; with a cgroup namespace
rooted here, two hosts of one machine do not meet there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

USED = ("cpu", "cpuacct", "cpuset")
"""What guests are governed by: the `cgroup_controllers` of qemu.conf."""

DAEMONS = "daemons"
"""Version 2 wants processes in leaves only: the host's own live in this one, guests beside it."""


class Hierarchy(NamedTuple):
    """A mounted tree of control groups: the version 1 controllers it carries, or none for version 2."""

    root: Path
    controllers: tuple[str, ...]


def hierarchies(mounts: Path = Path("/proc/self/mountinfo")) -> list[Hierarchy]:
    """The trees that carry a controller in use, by a list of mounts as proc(5) describes it."""
    lines = [line.split(" - ") for line in mounts.read_text().splitlines()]
    return [found for left, right in lines for found in _hierarchy(Path(left.split()[4]), right.split())]


def _hierarchy(root: Path, filesystem: list[str]) -> Iterator[Hierarchy]:
    kind, options = filesystem[0], filesystem[2].split(",")
    if kind == "cgroup" and any(name in options for name in USED):
        yield Hierarchy(root, tuple(name for name in USED if name in options))
    elif kind == "cgroup2" and "cpu" in (root / "cgroup.controllers").read_text().split():
        yield Hierarchy(root, ())


def make(name: str) -> None:
    """Makes the group in every hierarchy and moves this process into it, so that a namespace may be rooted there."""
    for hierarchy in hierarchies():
        group = hierarchy.root / name
        group.mkdir(exist_ok=True)
        if "cpuset" in hierarchy.controllers:  # a new cpuset is empty and takes no process
            for file in ("cpuset.cpus", "cpuset.mems"):
                (group / file).write_text((hierarchy.root / file).read_text())
            (group / "cgroup.clone_children").write_text("1")
        _move_here(group)


def settle(name: str) -> None:
    """Clears the group of this process and hands its controllers down (version 2: a group with both is refused)."""
    for hierarchy in hierarchies():
        if not hierarchy.controllers:
            group = hierarchy.root / name
            (group / DAEMONS).mkdir(exist_ok=True)
            _move_here(group / DAEMONS)
            _hand_down(hierarchy.root)
            _hand_down(group)


def join(name: str) -> None:
    """Moves this process to where the host's own processes live."""
    for hierarchy in hierarchies():
        group = hierarchy.root / name
        _move_here(group if hierarchy.controllers else group / DAEMONS)


def _hand_down(group: Path) -> None:
    offered = (group / "cgroup.controllers").read_text().split()
    (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in USED if name in offered))


def _move_here(group: Path) -> None:
    (group / "cgroup.procs").write_text("0")


def remove(name: str) -> None:
    """Removes the group with all below it; its processes must have ended."""
    for hierarchy in hierarchies():
        group = hierarchy.root / name
        for inner in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
            inner.rmdir()
        if group.exists():
            group.rmdir()
