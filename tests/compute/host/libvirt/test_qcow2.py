"""Headers of base images, honest and hostile."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pileus.compute.host.hypervisor import Hopeless
from pileus.compute.host.libvirt.qcow2 import virtual_size


def header(size: int = 1 << 30, *, version: int = 3, backing: int = 0, incompatible: int = 0) -> bytes:
    first = struct.pack(">4sIQIIQ", b"QFI\xfb", version, backing, 0, 16, size)
    return first.ljust(72, b"\0") + struct.pack(">Q", incompatible) + bytes(24)


def size_of(content: bytes, tmp_path: Path, form: str = "qcow2") -> int:
    file = tmp_path / "base"
    file.write_bytes(content)
    return virtual_size(file, form)


@pytest.mark.parametrize("version", [2, 3])
def test_the_size_is_the_disks_not_the_files(tmp_path: Path, version: int) -> None:
    assert size_of(header(version=version), tmp_path) == 1 << 30


def test_a_raw_file_is_as_large_as_it_is_whatever_it_says(tmp_path: Path) -> None:
    assert size_of(header(backing=500), tmp_path, "raw") == 104


@pytest.mark.parametrize("hostile", [header(backing=500), header(incompatible=4), header(version=2, backing=500)])
def test_an_image_that_names_another_file_is_refused(tmp_path: Path, hostile: bytes) -> None:
    with pytest.raises(Hopeless, match="leans"):
        size_of(hostile, tmp_path)


@pytest.mark.parametrize("other", [b"", b"QFI\xfb", b"MZ" + bytes(200), header()[:20]])
def test_what_is_no_qcow2_is_refused(tmp_path: Path, other: bytes) -> None:
    with pytest.raises(Hopeless, match="not the qcow2"):
        size_of(other, tmp_path)
