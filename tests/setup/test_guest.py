"""The builder of the tiny guest: its archive, and how the guest reads what the cloud tells it."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import initramfs

from tests.house.source import REPOSITORY

PARTS = REPOSITORY / "build/guest/parts/root"
JSON_PATHS = REPOSITORY / "setup/guest/root/etc/json-paths"


def tree(place: Path) -> Path:
    """A small tree with a folder, a program, a file and a link."""
    (place / "etc").mkdir(parents=True)
    (place / "etc/words").write_text("odd")
    (place / "init").write_text("#!/bin/sh\n")
    (place / "init").chmod(0o700)
    (place / "sh").symlink_to("/init")
    return place


def test_an_archive_holds_the_whole_tree(tmp_path: Path) -> None:
    initramfs.pack(tree(tmp_path / "tree"), tmp_path / "packed")
    (tmp_path / "archive").write_bytes(gzip.decompress((tmp_path / "packed").read_bytes()))
    listed = initramfs.output(PARTS, "bin/busybox", "cpio", "-tv", "-F", str(tmp_path / "archive"))
    assert [(line.split()[0], line.split("00:00:00 ")[1]) for line in listed.splitlines()] == [
        ("drwxr-xr-x", "etc"),
        ("-rw-r--r--", "etc/words"),
        ("-rwxr-xr-x", "init"),
        ("lrwxrwxrwx", "sh -> /init"),
    ]


def test_equal_trees_give_equal_archives(tmp_path: Path) -> None:
    for name in ("one", "two"):
        initramfs.pack(tree(tmp_path / name), tmp_path / f"{name}.packed")
    assert (tmp_path / "one.packed").read_bytes() == (tmp_path / "two.packed").read_bytes()


def test_a_module_brings_what_it_leans_on(tmp_path: Path) -> None:
    files = {}
    for name, needed in {"blk": "bus,ring", "bus": "ring", "ring": "", "other": "bus"}.items():
        files[name] = tmp_path / f"{name}.ko"
        files[name].write_bytes(b"\x7fELF\0license=GPL\0depends=" + needed.encode() + b"\0")
    assert initramfs.with_needed(["blk"], files) == {files["blk"], files["bus"], files["ring"]}


def test_names_and_values_with_any_characters_are_only_text() -> None:
    told = {
        "hostname": "web-1",
        "meta": {"public_keys": "ssh-ed25519 FORGED", 'a"b}]{': "c:\\d,"},
        "public_keys": {'my "key"}': "ssh-ed25519 AAAA me@here\n"},
        "keys": [{"name": "one"}, {"name": "two", "number": 2}],
        "devices": [],
    }
    assert flattened(told) == [
        "hostname\tweb-1",
        "meta/public_keys\tssh-ed25519 FORGED",
        'meta/a"b}]{\tc:\\\\d,',
        'public_keys/my "key"}\tssh-ed25519 AAAA me@here',
        "keys/0/name\tone",
        "keys/1/name\ttwo",
    ]


def flattened(told: object) -> list[str]:
    """A document as the guest's own program lays it out."""
    loader = [f"{PARTS}/{initramfs.LOADER}", "--library-path", initramfs.library_path(PARTS)]
    program = [*loader, f"{PARTS}/bin/busybox", "awk", "-f", f"{JSON_PATHS}"]
    return subprocess.run(
        program, input=json.dumps(told), text=True, check=True, capture_output=True
    ).stdout.splitlines()
