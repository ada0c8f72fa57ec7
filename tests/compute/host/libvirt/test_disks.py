"""The files of a guest."""

from __future__ import annotations

import errno
import getpass
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pileus.compute.host.hypervisor import Hopeless, HypervisorFailed
from pileus.compute.host.libvirt.disks import MIB, prepare
from pileus.compute.host.spec import Boot, Disk, Guest, ImageRef
from tests.compute.host.specs import guest, image

ME = getpass.getuser()


class Images:
    """A cache in a folder, which counts how often it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        folder.mkdir()
        (folder / "raw").write_bytes(b"raw" + bytes(2 * MIB - 3))
        (folder / "kernel").write_bytes(b"kernel")
        (folder / "ramdisk").write_bytes(b"ramdisk")
        for name, options in {"qcow2": (), "leaning": ("-b", "raw", "-F", "raw")}.items():
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *options, str(folder / name), "3M"], check=True)

    def path_of(self, image: ImageRef) -> Path:
        self.asked.append(image.id)
        return self.folder / image.id


@pytest.fixture
def images(tmp_path: Path) -> Images:
    return Images(tmp_path / "images")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "guests" / "one"


def made(folder: Path, images: Images, *disks: Disk, **values: Any) -> Guest:
    wanted = guest(**{"disks": disks, "boot": None, **values})
    prepare(folder, wanted, images, owner=ME)
    return wanted


def info(file: Path) -> dict[str, Any]:
    asked = ["qemu-img", "info", "--output=json", str(file)]
    told = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    assert isinstance(told, dict)
    return told


def root(name: str, form: Any, size: int = 8) -> Disk:
    return Disk("root", size, image=image(name, form))


@pytest.mark.parametrize(("name", "form"), [("raw", "raw"), ("raw", "ami"), ("qcow2", "qcow2")])
def test_a_root_disk_lies_on_its_image_and_is_grown(folder: Path, images: Images, name: str, form: str) -> None:
    made(folder, images, root(name, form))
    told = info(folder / "root0.qcow2")
    assert told["virtual-size"] == 8 * MIB
    assert told["backing-filename-format"] == ("qcow2" if form == "qcow2" else "raw")
    assert (folder / told["backing-filename"]).read_bytes() == (images.folder / name).read_bytes()


def test_the_image_stays_when_the_cache_lets_go_of_it(folder: Path, images: Images) -> None:
    made(folder, images, root("raw", "raw"))
    (images.folder / "raw").unlink()
    assert info(folder / "root0.qcow2")["virtual-size"] == 8 * MIB
    subprocess.run(["qemu-img", "check", "-q", folder / "root0.qcow2"], check=True)


def test_a_root_disk_without_size_is_as_large_as_its_image(folder: Path, images: Images) -> None:
    made(folder, images, root("qcow2", "qcow2", size=0))
    assert info(folder / "root0.qcow2")["virtual-size"] == 3 * MIB


def test_a_disk_too_small_for_its_image_is_refused_with_both_sizes(folder: Path, images: Images) -> None:
    with pytest.raises(Hopeless, match="needs a disk of 3 MiB, and the server's has 2 MiB"):
        made(folder, images, root("qcow2", "qcow2", size=2))


def test_an_image_that_leans_on_another_file_is_refused(folder: Path, images: Images) -> None:
    with pytest.raises(Hopeless, match="leans"):
        made(folder, images, root("leaning", "qcow2"))


def test_a_raw_image_that_looks_like_qcow2_stays_raw(folder: Path, images: Images) -> None:
    made(folder, images, root("leaning", "raw"))
    assert info(folder / "root0.qcow2")["backing-filename-format"] == "raw"


def test_empty_disks_are_laid_out(folder: Path, images: Images) -> None:
    made(folder, images, Disk("root", 4), Disk("ephemeral", 16, 0), Disk("swap", 8))
    kinds = {name: subprocess.check_output(["blkid", "-p", "-o", "export", folder / name], text=True) for name in
             ("ephemeral0.raw", "swap0.raw")}  # fmt: skip
    assert "TYPE=ext4" in kinds["ephemeral0.raw"]
    assert "LABEL=ephemeral0" in kinds["ephemeral0.raw"]
    assert "TYPE=swap" in kinds["swap0.raw"]
    assert (folder / "ephemeral0.raw").stat().st_size == 16 * MIB
    assert "backing-filename" not in info(folder / "root0.qcow2")


def test_kernel_ramdisk_and_config_drive_are_there(folder: Path, images: Images) -> None:
    boot = Boot(image("kernel", "aki"), image("ramdisk", "ari"))
    made(folder, images, boot=boot, config_drive=True)
    assert {each.name for each in folder.iterdir()} == {"kernel", "ramdisk", "config.iso"}


def test_what_is_there_is_left_as_it_is(folder: Path, images: Images) -> None:
    made(folder, images, root("raw", "raw"))
    (folder / "root0.qcow2").write_bytes(b"the guest's")
    made(folder, images, root("raw", "raw"))
    assert (folder / "root0.qcow2").read_bytes() == b"the guest's"
    assert images.asked == ["raw"]


def test_a_half_made_disk_is_made_again(folder: Path, images: Images) -> None:
    folder.mkdir(parents=True)
    (folder / "root0.qcow2.unfinished").write_bytes(b"half")
    (folder / "root0.base.unfinished").write_bytes(b"half")
    made(folder, images, root("raw", "raw"))
    assert info(folder / "root0.qcow2")["format"] == "qcow2"
    assert not list(folder.glob("*.unfinished"))


def test_a_full_disk_is_called_so(folder: Path, images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(image: ImageRef) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(images, "path_of", full)
    with pytest.raises(HypervisorFailed) as failed:
        made(folder, images, root("raw", "raw"))
    assert failed.value.said == "The host's disk is full."
