"""An afternoon with chunks: pushes and pulls through the stock client, a store on S3, a client killed in between."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chunks.contents import MIB, noise, prose
from tests.chunks.s3.moto_server import FakeS3
from tests.stories.throwaway import ThrowAway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def s3_server() -> Iterator[FakeS3]:
    """An S3 that answers each request after 20 ms."""
    made = FakeS3()
    made.gate.delay = 0.02
    yield made
    made.close()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, s3_server: FakeS3) -> Iterator[ThrowAway]:
    """One store on a disk, one on S3."""
    folder = tmp_path_factory.mktemp("pushes")
    far = s3_server.settings(folder)
    lines = ["[image]", 'default_store = "near"', "[image.stores.near]", 'kind = "local"', "[image.stores.far]"]
    lines += [
        'kind = "s3"',
        *(f"{name} = {json.dumps(getattr(far, name))}" for name in ("bucket", "endpoint", "prefix")),
    ]
    lines.append(f"secrets = {json.dumps(far.secrets)}")
    (folder / "cloud.toml").write_text("\n".join(lines))
    made = ThrowAway(folder / "state", "--config", str(folder / "cloud.toml"), hosts=1)
    yield made
    made.end()


def test_a_later_version_costs_its_change_both_ways(cloud: ThrowAway, tmp_path: Path) -> None:
    first, second = tmp_path / "first.raw", tmp_path / "second.raw"
    old = noise(30 * MIB) + bytes(10 * MIB) + prose(5 * MIB)
    first.write_bytes(old)
    second.write_bytes(old[: 10 * MIB] + noise(400_000, 2) + old[10 * MIB + 400_000 :])
    told = cloud.told("image", "push", str(first))
    assert (told["status"], told["size"], told["name"]) == ("active", 45 * MIB, "first")
    assert 30 * MIB < told["sent"] < 36 * MIB
    assert cloud.told("image", "push", "--name", "again", str(first))["sent"] == 0
    later = cloud.told("image", "push", "--property", "os_type=linux", "--tag", "new", str(second))
    assert later["sent"] < 600_000
    assert cloud.told("image", "show", "second")["tags"] == ["new"]
    got = tmp_path / "got.raw"
    assert cloud.told("image", "pull", "second", "--file", str(got), "--from", str(first))["fetched"] < 600_000
    assert got.read_bytes() == second.read_bytes()
    cloud.openstack("image", "save", "--file", str(tmp_path / "saved"), "first")
    assert (tmp_path / "saved").read_bytes() == old


def test_an_image_lives_on_a_slow_s3(cloud: ThrowAway, tmp_path: Path) -> None:
    disk = tmp_path / "far.raw"
    disk.write_bytes(noise(20 * MIB, 5))
    assert cloud.told("image", "push", "--store", "far", str(disk))["status"] == "active"
    cloud.openstack("image", "save", "--file", str(tmp_path / "saved"), "far")
    assert (tmp_path / "saved").read_bytes() == disk.read_bytes()
    assert cloud.told("image", "pull", "far", "--file", str(tmp_path / "pulled"))["fetched"] > 20 * MIB


def test_a_push_whose_client_was_killed_goes_on_with_the_same_command(cloud: ThrowAway, tmp_path: Path) -> None:
    disk = tmp_path / "big.raw"
    disk.write_bytes(noise(120 * MIB, 6))
    words = [str(Path(sys.executable).with_name("openstack")), "image", "push", str(disk)]
    packs = cloud.directory / "cloud" / "near" / "packs"
    before = len(list(packs.iterdir()))
    client = subprocess.Popen(words, env=cloud.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(list(packs.iterdir())) < before + 3 and client.poll() is None:
        time.sleep(0.02)
    client.kill()
    client.wait()
    assert cloud.told("image", "show", "big")["status"] == "saving"
    told = cloud.told("image", "push", str(disk))
    assert told["status"] == "active" and told["sent"] < 115 * MIB
    cloud.openstack("image", "save", "--file", str(tmp_path / "saved"), "big")
    assert (tmp_path / "saved").read_bytes() == disk.read_bytes()
