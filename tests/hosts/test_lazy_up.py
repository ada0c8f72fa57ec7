"""Lazy boot as a stranger sees it: the stock client uploads and boots, ssh reads, and what is killed is not felt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chunks.contents import noise
from tests.hosts.lazily import MIB, disk
from tests.hosts.upped import UpCloud, free_port, until

pytestmark = [pytest.mark.hosts, pytest.mark.slow, pytest.mark.timeout(400)]

LARGE = noise(20 * MIB, 1)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpCloud]:
    """A cloud with its sample server, whose host promises images from 64 MiB on."""
    config = tmp_path_factory.mktemp("settings") / "pileus.toml"
    config.write_text("[host]\nlazy_boot_least_mib = 64\n")
    made = UpCloud()
    try:
        made.does("up", "--port", free_port(), "--config", str(config))
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
    made = ["image", "create", "--disk-format", "raw", "--container-format", "bare", *properties, "--file", str(file)]
    cloud.client(*made, "large")
    return "large"


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
    assert told.split()[0] == hashlib.md5(LARGE, usedforsecurity=False).hexdigest()
    until(lambda: not folders(cloud, "guests/*/root0.promise"), 120)
    assert folders(cloud, "images/*.unfinished") == []
    cloud.client("server", "delete", "--wait", "early")


def test_an_image_may_say_no(cloud: UpCloud, image: str) -> None:
    cloud.client("image", "set", "--property", "pileus_lazy_boot=false", image)
    asked = ["--image", image, "--flavor", "m1.tiny", "--network", "shared", "--key-name", "pileus"]
    cloud.client("server", "create", "--wait", *asked, "--security-group", "ssh", "late")
    assert folders(cloud, "guests/*/root0.promise") == []
    cloud.client("server", "delete", "--wait", "late")
