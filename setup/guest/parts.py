"""Debian packages downloaded and unpacked as parts of the guest; nothing is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

PROGRAMS = ("busybox", "dropbear-bin", "e2fsprogs", "qemu-guest-agent")
KERNEL = "linux-image-cloud-amd64"  # names the newest kernel package; holds nothing itself
LOADER = ("syslinux", "syslinux-common", "mtools")
DOWNLOAD = ("apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root")


def fetch(folder: Path) -> Path:
    """Download every part into folder and unpack it; the root of the unpacked tree."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [*with_libraries(PROGRAMS), *kernel_package(), *LOADER]
    archives = [folder / line.split()[1] for line in asked_of_apt(*DOWNLOAD, "--print-uris", *names).splitlines()]
    root = folder / "root"
    missing = [archive.name.partition("_")[0] for archive in archives if not archive.exists()]
    if missing:
        asked_of_apt(*DOWNLOAD, *missing, into=folder)
        shutil.rmtree(root, ignore_errors=True)
    if not root.exists():
        unpack(archives, root)
    return root


def with_libraries(names: Iterable[str]) -> list[str]:
    """The packages and all shared libraries they lean on, directly or not."""
    found: list[str] = []
    asked = list(names)
    while asked:
        found += asked
        asked = sorted({name for name in needs(asked) if name.startswith("lib")} - set(found))
    return found


def kernel_package() -> list[str]:
    """The package that holds the newest cloud kernel."""
    return [name for name in needs([KERNEL]) if name.startswith("linux-image-")]


def needs(names: list[str]) -> list[str]:
    """What the packages depend on directly."""
    lines = asked_of_apt("apt-cache", "depends", "--important", *names).splitlines()
    return [line.split()[1] for line in lines if "Depends:" in line and "<" not in line]


def asked_of_apt(*command: str, into: Path = Path()) -> str:
    """What apt prints; where it knows no such package or file, its lists are renewed first."""
    first = subprocess.run(command, cwd=into, capture_output=True, text=True)
    if first.returncode == 0:
        return first.stdout
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    return subprocess.run(command, cwd=into, check=True, stdout=subprocess.PIPE, text=True).stdout


def unpack(archives: Iterable[Path], root: Path) -> None:
    """Unpack downloaded packages into one tree, all or none."""
    half = root.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    for archive in archives:
        subprocess.run(["dpkg-deb", "-x", archive, half], check=True)
    half.rename(root)
