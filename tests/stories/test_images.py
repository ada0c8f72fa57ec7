"""An afternoon with images, through the stock client: every way in, out, around and into other stores."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.throwaway import ThrowAway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SETTINGS = """
[image]
web_download_allow = ["127.0.0.1"]
default_store = "main"
cache_store = "near"

[image.stores.main]
kind = "local"

[image.stores.attic]
kind = "local"
description = "for what is seldom asked for"

[image.stores.near]
kind = "local"
"""
BARE = ("--disk-format", "raw", "--container-format", "bare")


def queued(cloud: ThrowAway, name: str) -> None:
    """Make an image without bytes: only at a terminal does the client not take its input for them."""
    client = str(Path(sys.executable).with_name("openstack"))
    ours, theirs = os.openpty()
    words = [client, "image", "create", name, *BARE]
    done = subprocess.run(words, stdin=theirs, env=cloud.env(), capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr


def is_active(image: dict[str, Any]) -> bool:
    return bool(image["status"] == "active")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThrowAway]:
    folder = tmp_path_factory.mktemp("images")
    (folder / "cloud.toml").write_text(SETTINGS)
    made = ThrowAway(folder / "state", "--config", str(folder / "cloud.toml"), hosts=1)
    yield made
    made.end()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk of five megabytes and a bit."""
    path = tmp_path_factory.mktemp("disk") / "disk.raw"
    path.write_bytes(os.urandom(5 << 20) + b"and a bit")
    return path


@pytest.fixture
def served(disk: Path) -> Iterator[str]:
    """The disk on the web."""

    class Files(http.server.SimpleHTTPRequestHandler):
        """The folder of the disk, without a word to the terminal."""

        def __init__(self, *args: object, **more: object) -> None:
            super().__init__(*args, directory=str(disk.parent), **more)  # type: ignore[arg-type]

        def log_message(self, *args: object) -> None:
            """Nobody wants to know."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{disk.name}"
    server.shutdown()


def test_an_image_is_made_from_a_file_and_comes_back_byte_for_byte(cloud: ThrowAway, disk: Path) -> None:
    made = cloud.told("image", "create", "plain", *BARE, "--file", str(disk), "--property", "os_distro=debian")
    assert (made["status"], made["size"], made["properties"]["os_distro"]) == ("active", disk.stat().st_size, "debian")
    back = disk.with_name("back")
    cloud.openstack("image", "save", "plain", "--file", str(back))
    assert back.read_bytes() == disk.read_bytes()


def test_an_image_is_staged_and_imported(cloud: ThrowAway, disk: Path) -> None:
    queued(cloud, "staged")
    cloud.openstack("image", "stage", "staged", "--file", str(disk))
    assert cloud.told("image", "show", "staged")["status"] == "uploading"
    cloud.openstack("image", "import", "staged", "--method", "glance-direct")
    cloud.until(is_active, "image", "show", "staged")
    task_id = cloud.told("image", "task", "list")[0]["ID"]
    cloud.until(lambda task: bool(task["status"] == "success"), "image", "task", "show", task_id)
    made = cloud.told("image", "create", "in-one", *BARE, "--import", "--file", str(disk))
    assert made["name"] == "in-one"


def test_an_image_comes_from_the_web_into_two_stores(cloud: ThrowAway, served: str) -> None:
    assert {"glance-direct", "web-download", "copy-image"} <= set(
        cloud.openstack("image", "import", "info", "-f", "value", "-c", "import-methods").split("'")
    )
    assert cloud.column("ID", "image", "stores", "list") == {"main", "attic"}
    queued(cloud, "web")
    words = ("--method", "web-download", "--uri", served, "--store", "main", "attic")
    cloud.openstack("image", "import", "web", *words)
    shown = cloud.until(is_active, "image", "show", "web")
    assert shown["properties"]["stores"] == "attic,main"
    cloud.openstack("image", "delete", "web", "--store", "main")
    assert cloud.told("image", "show", "web")["properties"]["stores"] == "attic"


def test_an_image_is_copied_into_another_store_and_cached(cloud: ThrowAway, disk: Path) -> None:
    image_id = cloud.told("image", "create", "copied", *BARE, "--file", str(disk))["id"]
    cloud.openstack("image", "import", "copied", "--method", "copy-image", "--all-stores")
    cloud.until(lambda shown: bool(shown["properties"]["stores"] == "attic,main"), "image", "show", "copied")
    cloud.openstack("cached", "image", "queue", image_id)
    listed = cloud.until(lambda rows: bool(rows) and rows[0]["State"] == "cached", "cached", "image", "list")
    assert listed[0]["ID"] == image_id
    cloud.openstack("cached", "image", "delete", image_id)
    cloud.openstack("cached", "image", "clear")
    assert cloud.told("cached", "image", "list") == []


def test_an_image_is_changed_shared_switched_off_and_deleted(cloud: ThrowAway, disk: Path) -> None:
    image_id = cloud.told("image", "create", "shared", *BARE, "--file", str(disk), "--shared")["id"]
    cloud.openstack("image", "set", "shared", "--tag", "blue", "--min-ram", "64", "--property", "a=b")
    cloud.openstack("image", "unset", "shared", "--property", "a")
    shown = cloud.told("image", "show", "shared")
    assert (shown["tags"], shown["min_ram"], "a" in shown["properties"]) == (["blue"], 64, False)
    cloud.openstack("image", "set", "shared", "--deactivate")
    assert cloud.told("image", "show", "shared")["status"] == "deactivated"
    cloud.openstack("image", "set", "shared", "--activate")
    member = cloud.told("token", "issue", cloud="pileus")["project_id"]
    cloud.openstack("image", "add", "project", "shared", member)
    cloud.openstack("image", "set", image_id, "--accept", cloud="pileus")
    assert cloud.told("image", "member", "list", "shared")[0]["Status"] == "accepted"
    assert "shared" in cloud.column("Name", "image", "list", "--shared", cloud="pileus")
    cloud.openstack("image", "remove", "project", "shared", member)
    cloud.openstack("image", "delete", "shared")


def test_metadata_definitions_are_written_and_read(cloud: ThrowAway) -> None:
    assert "OS::Compute::Libvirt" in cloud.column("namespace", "image", "metadef", "namespace", "list", cloud="pileus")
    cloud.openstack("image", "metadef", "namespace", "create", "acme", "--public", "--description", "ours")
    schema = '{"type": "string", "enum": ["virtio"]}'
    words = ("acme", "--name", "bus", "--title", "Bus", "--type", "string", "--schema", schema)
    cloud.openstack("image", "metadef", "property", "create", *words)
    assert cloud.column("name", "image", "metadef", "property", "list", "acme", cloud="pileus") == {"bus"}
    cloud.openstack("image", "metadef", "object", "create", "--namespace", "acme", "speed")
    cloud.openstack("image", "metadef", "resource", "type", "association", "create", "acme", "OS::Glance::Image")
    shown = cloud.told("image", "metadef", "namespace", "show", "acme", cloud="pileus")
    assert (shown["namespace"], shown["visibility"]) == ("acme", "public")
    cloud.openstack("image", "metadef", "namespace", "delete", "acme")
    assert "acme" not in cloud.column("namespace", "image", "metadef", "namespace", "list")
