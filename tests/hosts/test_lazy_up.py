"""Lazy boot as a stranger sees it: the stock client uploads and boots, ssh reads, and what is killed is not felt."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.host.contain.enclosure import Enclosure
from tests.chunks.contents import noise
from tests.hosts.contained import GUEST_PARTS
from tests.hosts.lazily import MIB, disk
from tests.hosts.upped import SecondHost, UpCloud, free_port, until

pytestmark = [pytest.mark.hosts, pytest.mark.slow, pytest.mark.timeout(400)]

LARGE = noise(20 * MIB, 1)
SUM = hashlib.md5(LARGE, usedforsecurity=False).hexdigest()

ALONE = ("--nic", "none", "--config-drive", "True")
"""A server without a network reads no metadata there: for five minutes nobody knows that it is up, and it leans on."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[UpCloud]:
    """A cloud with its sample server, whose host promises images from 64 MiB on."""
    made = UpCloud()
    (made.home / "pileus.toml").write_text("[host]\nlazy_boot_least_mib = 16\n")
    try:
        made.does("up", "--port", free_port(), "--config", str(made.home / "pileus.toml"))
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def second(cloud: UpCloud) -> Iterator[SecondHost]:
    """Another host on the same machine."""
    made = SecondHost(cloud, cloud.home / "pileus.toml")
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def image(cloud: UpCloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A disk of 160 MiB with 80 MiB of files, for the tiny guest."""
    place = tmp_path_factory.mktemp("image")
    data = place / "tree" / "written" / "data"
    data.mkdir(parents=True)
    for number in range(3):
        (data / f"small{number}").write_bytes(noise(20 * MIB, number + 2))
    (data / "large").write_bytes(LARGE)
    show = ("-f", "value", "-c", "id")
    parts = {name: cloud.client("image", "show", f"tiny-{name}", *show) for name in ("kernel", "ramdisk")}
    properties = [word for name, id in parts.items() for word in ("--property", f"{name}_id={id}")]
    file = disk(place / "root.raw", place / "tree", 160)
    form = ["--disk-format", "raw", "--container-format", "bare", "--community"]
    return cloud.client("image", "create", *form, *properties, "--file", str(file), "large", *show)


def folders(cloud: UpCloud, pattern: str) -> list[Path]:
    return list(cloud.state.glob(f"hosts/*/{pattern}"))


def test_it_is_reached_over_ssh_and_reads_on_while_everything_is_killed(cloud: UpCloud, image: str) -> None:
    asked = ["--image", image, "--flavor", "m1.tiny", "--network", "shared", "--key-name", "pileus"]
    cloud.client("server", "create", "--wait", *asked, "--security-group", "ssh", "early")
    assert folders(cloud, "guests/*/root0.promise")
    (coming,) = folders(cloud, "images/*.unfinished")
    assert coming.stat().st_blocks * 512 < 40 * MIB
    cloud.kill("host", "serve")
    told = until(lambda: cloud.tried("ssh", "early", "md5sum < /data/large").stdout, 120)
    assert told.split()[0] == SUM
    until(lambda: not folders(cloud, "guests/*/root0.promise"), 120)
    assert folders(cloud, "images/*.unfinished") == []
    cloud.until_sound()
    cloud.client("server", "delete", "--wait", "early")


def test_an_image_may_say_no(cloud: UpCloud, image: str) -> None:
    cloud.client("image", "set", "--property", "pileus_lazy_boot=false", image)
    asked = ["--image", image, "--flavor", "m1.tiny", "--network", "shared", "--key-name", "pileus"]
    cloud.client("server", "create", "--wait", *asked, "--security-group", "ssh", "late")
    assert folders(cloud, "guests/*/root0.promise") == []
    cloud.client("server", "delete", "--wait", "late")
    cloud.client("image", "set", "--property", "pileus_lazy_boot=true", image)


class Alone:
    """A server without a network, of which the serial console is all there is."""

    def __init__(self, cloud: UpCloud, image: str, name: str, host: str) -> None:
        self.cloud, self.name = cloud, name
        asked = ["--image", image, "--flavor", "m1.tiny", *ALONE, "--availability-zone", f"nova:{host}"]
        id = self.client("server", "create", "--wait", *asked, name, "-f", "value", "-c", "id").split()[-1]
        (self.folder,) = cloud.home.glob(f"*/hosts/{host}/guests/{id}")
        self._host = Enclosure(host, self.folder.parents[1])
        until(lambda: "READY" in self.said(), 150)

    def leans(self) -> bool:
        return (self.folder / "root0.promise").exists()

    def said(self) -> str:
        return (self.folder / "console.log").read_text(errors="replace")

    def type(self, command: str) -> None:
        """Type a command on its serial line, which it hears some time after somebody is there."""
        asked = ["virsh", "ttyconsole", self.folder.name]
        line = subprocess.run(asked, preexec_fn=self._host.enter, capture_output=True, text=True, check=True).stdout
        with os.fdopen(os.open(line.strip(), os.O_RDWR | os.O_NOCTTY), "wb", buffering=0) as terminal:
            terminal.write(f"\n{command}\n".encode())
            time.sleep(1)

    def client(self, *words: str) -> str:
        """The stock client of the administrator, who may choose a host."""
        return self.cloud.client("--os-cloud", "pileus-admin", "--os-compute-api-version", "2.74", *words)


def test_another_host_fetches_from_this_one_what_its_guest_reads(
    cloud: UpCloud, second: SecondHost, image: str
) -> None:
    assert folders(cloud, "images/*.unfinished") == []
    near = Alone(cloud, image, "near", second.name)
    serve = cloud.process("serve")
    os.kill(serve, signal.SIGSTOP)
    try:
        near.type("md5sum < /data/large")
        until(lambda: SUM in near.said(), 60)
    finally:
        os.kill(serve, signal.SIGCONT)
    assert near.leans()
    near.client("server", "delete", "--wait", "near")


def test_a_compressed_qcow2_boots_by_itself_lazily_and_not(cloud: UpCloud, second: SecondHost, tmp_path: Path) -> None:
    packed = tmp_path / "packed.qcow2"
    source = str(GUEST_PARTS / "guest.qcow2")
    subprocess.run(["qemu-img", "convert", "-c", "-O", "qcow2", source, str(packed)], check=True)
    cloud.client("image", "push", "--name", "packed", "--community", str(packed))
    image = cloud.client("image", "show", "packed", "-f", "value", "-c", "id")
    until(lambda: is_unpacked(cloud, image))
    lazy = Alone(cloud, image, "lazy", second.name)
    assert lazy.leans()
    assert b'"format":"raw"' in (lazy.folder / "root0.promise").read_bytes()
    cloud.client("image", "set", "--property", "pileus_lazy_boot=false", image)
    whole = Alone(cloud, image, "whole", socket.gethostname())
    assert not whole.leans()
    assert (whole.folder / "root0.base").stat().st_size == 20 * MIB
    lazy.client("server", "delete", "--wait", "lazy", "whole")


def is_unpacked(cloud: UpCloud, image: str) -> bool:
    """Whether hosts are given the plain disk of a packed image by now, which no API tells."""
    with contextlib.closing(sqlite3.connect(cloud.state / "cloud" / "pileus.db")) as database:
        asked = "SELECT plain_manifest IS NOT NULL FROM image_images WHERE id = ?"
        return bool(database.execute(asked, [image]).fetchone()[0])


def test_an_image_goes_and_who_leans_on_it_goes_on_and_is_told_whole(
    cloud: UpCloud, second: SecondHost, image: str, tmp_path: Path
) -> None:
    left = Alone(cloud, image, "left", second.name)
    left.client("server", "image", "create", "--wait", "--name", "told", "left")
    left.client("image", "save", "--file", str(tmp_path / "told"), "told")
    assert left.leans()
    dump = f"dump /written/data/large {tmp_path}/large"
    subprocess.run(["/usr/sbin/debugfs", "-c", "-R", dump, str(tmp_path / "told")], check=True)
    assert (tmp_path / "large").read_bytes() == LARGE
    left.client("image", "delete", image, "told")
    cloud.does("chunks", "gc")
    left.type("md5sum < /data/large")
    os.kill(int((left.folder.parents[1] / "lazy" / "nbd.pid").read_text()), signal.SIGKILL)
    second.kill()
    cloud.kill("serve")
    second.begin()
    until(lambda: SUM in left.said(), 120)
    assert "I/O error" not in left.said()
    cloud.until_sound()
    left.client("server", "delete", "--wait", "left")
