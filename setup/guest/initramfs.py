"""The guest's root file system, as the compressed archive a kernel unpacks into memory.

The same parts always give the same bytes, so that a rebuilt guest is the same image.
"""

from __future__ import annotations

import gzip
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path

MODULES = (
    "virtio_pci virtio_blk virtio_net virtio_console virtio_scsi virtio-rng virtio_balloon"
    " sd_mod sr_mod isofs vfat nls_ascii nls_utf8 nls_cp437 nls_iso8859-1 ata_piix overlay evdev button"
).split()
PROGRAMS = ("bin/busybox", "sbin/mke2fs", "usr/sbin/dropbear", "usr/bin/dropbearkey", "usr/sbin/qemu-ga")
FOLDERS = "bin sbin dev proc sys run tmp mnt root var/log var/lib etc lib64 lib/x86_64-linux-gnu".split()
LOADER = "lib64/ld-linux-x86-64.so.2"
LIBRARIES = "lib/x86_64-linux-gnu"


def lay_out(parts: Path, own: Path, tree: Path) -> None:
    """Make the file tree of the guest from unpacked packages and the files of our own."""
    shutil.rmtree(tree, ignore_errors=True)
    for folder in FOLDERS:
        (tree / folder).mkdir(parents=True, exist_ok=True)
    shutil.copytree(own, tree, dirs_exist_ok=True)
    for program in PROGRAMS:
        copy_program(parts, tree, program)
    for applet in output(parts, "bin/busybox", "--list").split():
        link = tree / ("sbin" if applet in ("init", "modprobe", "poweroff", "reboot", "halt") else "bin") / applet
        if not link.exists():
            link.symlink_to("/bin/busybox")
    copy_modules(parts, tree)


def copy_program(parts: Path, tree: Path, program: str) -> None:
    """Copy a program with the shared libraries it loads."""
    shutil.copy(parts / program, tree / "bin")
    shutil.copy(parts / LOADER, tree / LOADER)
    arguments = ("--library-path", library_path(parts), "--list", str(parts / program))
    for line in output(parts, LOADER, *arguments).splitlines():
        if "=> /" in line:
            shutil.copy(line.split()[2], tree / LIBRARIES)


def library_path(parts: Path) -> str:
    """Where the unpacked packages keep their libraries."""
    return f"{parts / LIBRARIES}:{parts / 'usr' / LIBRARIES}"


def copy_modules(parts: Path, tree: Path) -> None:
    """Copy the wanted kernel modules with all they lean on, and write the tables modprobe reads."""
    (source,) = (parts / "lib/modules").iterdir()
    target = tree / "lib/modules" / source.name
    for path in with_needed(MODULES, {path.stem: path for path in source.rglob("*.ko")}):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for table in ("modules.builtin", "modules.order"):
        shutil.copy(source / table, target)
    output(parts, "bin/busybox", "depmod", "-b", str(tree), source.name)


def with_needed(names: Iterable[str], files: dict[str, Path]) -> set[Path]:
    """The files of the named modules and of those they name in their "depends=" line."""
    found: dict[str, Path] = {}
    asked = list(names)
    while asked:
        name = asked.pop()
        if name in found:
            continue
        found[name] = files[name]
        said = re.search(rb"\0depends=([^\0]*)\0", files[name].read_bytes())
        asked += said[1].decode().replace("-", "_").split(",") if said and said[1] else []
    return set(found.values())


def output(parts: Path, program: str, *arguments: str) -> str:
    """What a program out of the unpacked packages prints, run with the libraries it came with."""
    loader = [str(parts / LOADER), "--library-path", library_path(parts)]
    command = [*([] if program == LOADER else loader), str(parts / program), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def pack(tree: Path, archive: Path) -> None:
    """Write the tree as a compressed cpio archive, in the format "newc" (cpio(5))."""
    with archive.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        for number, path in enumerate(sorted(tree.rglob("*")), start=1):
            packed.write(member(number, str(path.relative_to(tree)), *mode_and_content(path)))
        packed.write(member(0, "TRAILER!!!", 0, b""))


def mode_and_content(path: Path) -> tuple[int, bytes]:
    """A path's kind with its rights, whatever this machine's umask was, and the bytes the archive holds for it."""
    if path.is_symlink():
        return stat.S_IFLNK | 0o777, str(path.readlink()).encode()
    if path.is_dir():
        return stat.S_IFDIR | 0o755, b""
    is_program = path.stat().st_mode & stat.S_IXUSR
    return stat.S_IFREG | (0o755 if is_program else 0o644), path.read_bytes()


def member(number: int, name: str, mode: int, body: bytes) -> bytes:
    """One entry: owner root, time zero; header with name, then body, each padded to four bytes."""
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, 0, len(body), 0, 0, 0, 0, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return padded(header) + padded(body)


def padded(data: bytes) -> bytes:
    """The data, filled with zeros to a multiple of four bytes."""
    return data + b"\0" * (-len(data) % 4)
