"""The config drive, read back as a guest would read it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pileus.compute.host import configdrive
from pileus.compute.host.hypervisor import HypervisorFailed
from tests.compute.host.specs import guest

GUEST = guest(name="../../etc/passwd; <x>", metadata={"hostname": "w\u00e9b", "public_keys": {"../k": "ssh-rsa A"}})


def read(drive: Path, path: str) -> bytes:
    return subprocess.run(
        ["isoinfo", "-R", "-i", drive, "-x", path], capture_output=True, check=True, timeout=20
    ).stdout


def test_the_drive_has_the_label_and_the_documents_a_guest_looks_for(tmp_path: Path) -> None:
    drive = tmp_path / "config.iso"
    configdrive.write(GUEST, drive)
    assert drive.read_bytes()[0x8028:0x8030] == b"config-2"
    told = json.loads(read(drive, "/openstack/latest/meta_data.json"))
    assert told["name"] == GUEST.name
    assert told["random_seed"]
    assert json.loads(read(drive, "/ec2/latest/meta-data.json"))["hostname"] == "w\u00e9b"


def test_nothing_else_is_left_behind(tmp_path: Path) -> None:
    configdrive.write(GUEST, tmp_path / "config.iso")
    assert [each.name for each in tmp_path.iterdir()] == ["config.iso"]


def test_a_drive_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.iso").mkdir()
    with pytest.raises(HypervisorFailed, match="genisoimage"):
        configdrive.write(GUEST, tmp_path / "config.iso")
