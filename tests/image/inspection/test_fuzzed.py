"""Images as qemu-img makes them, and the same with bytes changed: what is taken in never names another file.

The judge of it is qemu-img itself: of whatever passes the inspection it is asked what files the image is made of.
"""

from __future__ import annotations

import json
import random
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from pileus.image.inspection import HEAD, REACH, TAIL, Danger, Finding, Inspector

pytestmark = pytest.mark.slow

SIZE = 4 << 20
MADE: dict[str, tuple[str, str, str]] = {
    "raw": ("raw", "raw", ""),
    "qcow2": ("qcow2", "qcow2", ""),
    "qcow2 of version 2": ("qcow2", "qcow2", "compat=0.10"),
    "qcow2 with every feature": ("qcow2", "qcow2", "extended_l2=on,compression_type=zstd,lazy_refcounts=on"),
    "sparse vmdk": ("vmdk", "vmdk", "subformat=monolithicSparse"),
    "streamed vmdk": ("vmdk", "vmdk", "subformat=streamOptimized"),
    "vdi": ("vdi", "vdi", ""),
    "fixed vdi": ("vdi", "vdi", "static=on"),
    "vhd": ("vpc", "vhd", "force_size=on"),
    "fixed vhd": ("vpc", "vhd", "subformat=fixed,force_size=on"),
    "vhdx": ("vhdx", "vhdx", ""),
    "fixed vhdx": ("vhdx", "vhdx", "subformat=fixed"),
}
"""By name: qemu-img's format, ours, and options."""

ELSEWHERE = {
    "backing file": ("qcow2", "backing_file={other},backing_fmt=raw"),
    "data file": ("qcow2", "data_file={other}.data"),
    "flat vmdk": ("vmdk", "subformat=monolithicFlat"),
    "vmdk in pieces": ("vmdk", "subformat=twoGbMaxExtentSparse"),
    "vmdk with a parent": ("vmdk", "backing_file={other}.vmdk,backing_fmt=vmdk"),
}
"""Images that are nothing without another file."""

TURNS = 60


def seen(content: bytes) -> Finding:
    """What an inspector says that is fed in pieces."""
    inspector = Inspector()
    for at in range(0, len(content), 100_000):
        inspector.feed(content[at : at + 100_000])
    return inspector.finding()


def made(folder: Path, format: str, options: str) -> Path:
    """An image as qemu-img makes it."""
    path = folder / "disk"
    told = ["-o", options] if options else []
    command = ["qemu-img", "create", "-q", "-f", format, *told, str(path), str(SIZE)]
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    if format == "vmdk" and "streamOptimized" in options:
        source = folder / "source"
        source.write_bytes(bytes(range(256)) * 1024 + bytes(SIZE - 256 * 1024))
        subprocess.run(["qemu-img", "convert", "-O", format, "-o", options, source, path], check=True, cwd=folder)
    return path


def files_of(path: Path, format: str) -> set[str]:
    """The files qemu-img says an image is made of; none where it will not have it."""
    asked = ["qemu-img", "info", "-U", "--output=json", "-f", "vpc" if format == "vhd" else format, str(path)]
    told = subprocess.run(asked, capture_output=True, check=False, timeout=20)
    if told.returncode:
        return set()
    info = json.loads(told.stdout)
    named = {info.get("backing-filename", ""), info.get("full-backing-filename", "")}
    data = info.get("format-specific", {}).get("data", {})
    named |= {data.get("data-file", ""), *(one["filename"] for one in data.get("extents", []))}
    return named - {"", str(path)}


@pytest.mark.parametrize("name", MADE)
def test_images_as_they_are_made_are_told_for_what_they_are(tmp_path: Path, name: str) -> None:
    format, ours, options = MADE[name]
    found = seen(made(tmp_path, format, options).read_bytes())
    assert found.format == ours
    assert found.virtual_size in ((None,) if ours == "raw" else (SIZE,))


@pytest.mark.parametrize("name", ELSEWHERE)
def test_images_that_need_another_file_are_refused(tmp_path: Path, name: str) -> None:
    format, options = ELSEWHERE[name]
    other = tmp_path / "other"
    other.write_bytes(bytes(SIZE))
    subprocess.run(["qemu-img", "create", "-q", "-f", "vmdk", f"{other}.vmdk", str(SIZE)], check=True)
    path = made(tmp_path, format, options.format(other=other))
    with pytest.raises(Danger):
        seen(path.read_bytes())


@pytest.mark.parametrize("name", [name for name in MADE if name != "raw"])
def test_changed_bytes_never_crash_and_never_lead_elsewhere(tmp_path: Path, name: str) -> None:
    format, ours, options = MADE[name]
    whole = made(tmp_path, format, options).read_bytes()
    dice = random.Random(name)
    for turn in range(TURNS):
        content = changed(whole, dice)
        try:
            found = seen(content)
        except Danger:
            continue
        if found.format == ours != "raw" and turn % 6 == 0:
            path = tmp_path / "changed"
            path.write_bytes(content)
            assert files_of(path, ours) == set()


def changed(whole: bytes, dice: random.Random) -> bytes:
    """An image with some bytes changed, where the formats keep what they say of themselves, or cut short."""
    content = bytearray(whole)
    reaches = [(0, 600), (0, 4096), (192 * 1024, 192 * 1024 + 4096), (1 << 20, (1 << 20) + 70000), (-2048, 0)]
    for _ in range(dice.randint(1, 12)):
        first, last = dice.choice(reaches)
        at = dice.randint(first, last) % len(content)
        content[at] = dice.choice((0, 1, 0x7F, 0xFF, dice.randrange(256)))
    if dice.random() < 0.2:
        del content[dice.randrange(len(content)) :]
    return bytes(content)


def test_an_inspection_keeps_no_more_than_the_ends_of_an_image() -> None:
    tracemalloc.start()
    inspector, batch = Inspector(), bytes(1 << 20)
    inspector.feed(b"vhdxfile" + batch[8:])
    for _ in range(200):
        inspector.feed(batch)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * (max(HEAD, REACH) + TAIL)
