"""Encrypted and partitioned disks are raw ones, and are told."""

from __future__ import annotations

import pytest

from pileus.image.inspection import Finding, inspect
from pileus.image.inspection.bare import bare


@pytest.mark.parametrize("version", [1, 2])
def test_an_encrypted_disk_is_a_raw_one_and_says_so(version: int) -> None:
    header = b"LUKS\xba\xbe\0" + bytes([version])
    assert inspect(header, header) == bare(header) == Finding("raw", layout="luks")
    assert bare(header[:-1]) == bare(header[:-1] + b"\x09") == Finding("raw")


@pytest.mark.parametrize("sector", [512, 4096])
def test_a_partitioned_disk_is_a_raw_one_and_says_so(sector: int) -> None:
    disk = bytearray(8192)
    disk[sector : sector + 8] = b"EFI PART"
    assert bare(bytes(disk)) == Finding("raw")
    disk[510:512] = b"\x55\xaa"
    assert bare(bytes(disk)).told == "raw (gpt)"
