"""Imports, as who asks for them sees them: staged bytes, the web, copies into other stores."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pileus import image
from pileus.image import Scratch
from pileus.kernel.clock import HeldClock
from pileus.kernel.store import Store
from tests.image.gallery import NOWHERE, Gallery, piece
from tests.image.imports.web import plain, web
from tests.image.inspection.contents import qcow2

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def stores(sqlite_store: Store) -> Iterator[Gallery]:
    """A gallery with three stores."""
    made = Gallery(sqlite_store, attics=("attic", "barn"))
    yield made
    made.close()


def live(gallery: Gallery) -> dict[str, int]:
    """What each store keeps once nobody counts on more than rows say."""
    for name, chunks in {"chunks": gallery.chunks, **gallery.attics}.items():
        chunks.gc(lambda name=name: image.live_manifests(gallery.store, name))  # type: ignore[misc]
    return {name: chunks.used() for name, chunks in {"chunks": gallery.chunks, **gallery.attics}.items()}


def test_staged_bytes_wait_and_are_nobodys_until_they_are_imported(either: Gallery) -> None:
    made = either.make()
    assert either.stage(made, CONTENT).code == 204
    shown = either.show(made)
    assert (shown["status"], shown["size"], either.alice(f"GET /images/{made}/file").code) == ("uploading", None, 204)
    assert live(either)["chunks"] > 0
    heard = either.bring(made, "glance-direct")
    assert (heard.code, heard.content, either.status(made)) == (202, b"", "importing")
    either.work()
    shown = either.show(made)
    assert (shown["status"], shown["size"], shown["stores"]) == ("active", len(CONTENT), "chunks")
    assert shown["os_hash_value"] == hashlib.sha512(CONTENT).hexdigest()
    assert (shown["os_glance_importing_to_stores"], shown["os_glance_failed_import"]) == ("", "")
    assert either.alice(f"GET /images/{made}/file").content == CONTENT


def test_a_task_tells_what_became_of_an_import(gallery: Gallery) -> None:
    made = gallery.make()
    gallery.stage(made, CONTENT)
    heard = gallery.bring(made, "glance-direct")
    (task,) = gallery.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert (task["status"], task["request_id"]) == ("pending", heard.headers["x-openstack-request-id"])
    assert task["input"]["import_req"]["method"] == {"name": "glance-direct"}
    assert gallery.show(made)["os_glance_import_task"] == task["id"]
    gallery.work()
    (task,) = gallery.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert (task["status"], task["result"]) == ("success", {"image_id": made})
    assert "os_glance_import_task" not in gallery.show(made)


def test_bytes_that_are_not_what_the_image_claims_fail_and_leave_it_waiting(gallery: Gallery) -> None:
    for disk_format, content in (("qcow2", CONTENT), ("raw", qcow2(1 << 20)), ("qcow2", qcow2(1 << 20, backing=9))):
        made = gallery.make(disk_format=disk_format)
        gallery.stage(made, content)
        gallery.bring(made, "glance-direct")
        gallery.work()
        (task,) = gallery.alice(f"GET /images/{made}/tasks").body["tasks"]
        assert (gallery.status(made), task["status"], bool(task["message"])) == ("queued", "failure", True)
    assert live(gallery) == {"chunks": 0}
    assert gallery.stage(made, CONTENT).code == 204


def test_an_image_comes_from_the_web(gallery: Gallery) -> None:
    gallery.settle(web_download_allow=("127.0.0.1",))
    disk = qcow2(5 << 30) + bytes(70000)
    made = gallery.make(disk_format="qcow2")
    with web({"/disk": plain(disk)}) as address:
        assert gallery.bring(made, "web-download", uri=f"{address}/disk").code == 202
        assert gallery.status(made) == "importing"
        gallery.work()
    shown = gallery.show(made)
    assert (shown["status"], shown["size"], shown["virtual_size"]) == ("active", len(disk), 5 << 30)
    assert gallery.alice(f"GET /images/{made}/file").content == disk


def test_a_fetch_that_fails_leaves_the_image_waiting(gallery: Gallery) -> None:
    gallery.settle(web_download_allow=("127.0.0.1",))
    made = gallery.make()
    with web({"/disk": plain(b"half", content_length="99")}) as address:
        gallery.bring(made, "web-download", uri=f"{address}/disk")
        gallery.work()
    (task,) = gallery.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert (gallery.status(made), task["status"]) == ("queued", "failure")
    assert live(gallery) == {"chunks": 0}


def test_bytes_go_to_the_stores_that_are_asked_for(stores: Gallery) -> None:
    made = stores.make()
    stores.stage(made, CONTENT)
    assert stores.bring(made, "glance-direct", stores=["attic", "barn"]).code == 202
    assert stores.show(made)["os_glance_importing_to_stores"] == "attic,barn"
    stores.work()
    assert stores.show(made)["stores"] == "attic,barn"
    kept = live(stores)
    assert (kept["chunks"], kept["attic"] > 0, kept["barn"] > 0) == (0, True, True)
    assert stores.alice(f"GET /images/{made}/file").content == CONTENT


def test_a_copy_reaches_every_other_store(stores: Gallery) -> None:
    made = stores.make(content=CONTENT)
    assert stores.bring(made, "copy-image", all_stores=True).code == 403
    assert stores.bring(made, "copy-image", stores.admin, stores=["chunks"]).code == 400
    assert stores.bring(made, "copy-image", stores.admin, all_stores=True).code == 202
    assert stores.bring(made, "copy-image", stores.admin, all_stores=True).code == 409
    assert stores.status(made) == "active"
    stores.work()
    shown = stores.show(made)
    assert (shown["stores"], shown["os_glance_failed_import"]) == ("attic,barn,chunks", "")
    assert min(live(stores).values()) > 0


@pytest.mark.parametrize(("must", "kept", "status"), [(True, "chunks", "failure"), (False, "attic,chunks", "success")])
def test_a_store_that_is_full_ends_a_copy_or_is_told_of(stores: Gallery, must: bool, kept: str, status: str) -> None:
    made = stores.make(content=CONTENT)
    stores.attics["barn"].capacity = 1000
    stores.bring(made, "copy-image", stores.admin, all_stores=True, all_stores_must_succeed=must)
    stores.work()
    shown = stores.show(made)
    assert (shown["stores"], shown["os_glance_failed_import"], shown["status"]) == (kept, "barn", "active")
    (task,) = stores.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert task["status"] == status
    assert (live(stores)["attic"] == 0) is must


def test_an_image_deleted_meanwhile_ends_its_import(gallery: Gallery) -> None:
    made = gallery.make()
    gallery.stage(made, CONTENT)
    gallery.bring(made, "glance-direct")
    assert gallery.alice(f"DELETE /images/{made}").code == 204
    gallery.work()
    (task,) = gallery.admin("GET /tasks").body["tasks"]
    assert (task["status"], live(gallery)) == ("failure", {"chunks": 0})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"method": {}}, 400),
        ({"method": {"name": "teleport"}}, 400),
        ({"method": {"name": "web-download"}}, 400),
        ({"method": {"name": "web-download", "uri": "file:///etc/passwd"}}, 400),
        ({"method": {"name": "web-download", "uri": "http://169.254.169.254/"}}, 400),
        ({"method": {"name": "glance-direct"}}, 409),
        ({"method": {"name": "glance-direct", "uri": "http://x"}}, 400),
        ({"method": {"name": "copy-image"}}, 403),
        ({"method": {"name": "web-download", "uri": "http://a.example"}, "stores": ["moon"]}, 409),
        ({"method": {"name": "web-download", "uri": "http://a.example"}, "stores": []}, 400),
        (
            {"method": {"name": "web-download", "uri": "http://a.example"}, "stores": ["chunks"], "all_stores": True},
            400,
        ),
    ],
)
def test_what_cannot_be_imported_is_refused_at_once(gallery: Gallery, body: dict[str, Any], code: int) -> None:
    made = gallery.make()
    assert gallery.alice(f"POST /images/{made}/import", body).code == code
    assert (gallery.status(made), gallery.alice(f"GET /images/{made}/tasks").body["tasks"]) == ("queued", [])


def test_only_members_of_the_owner_stage_and_import(gallery: Gallery) -> None:
    made = gallery.make(visibility="community")
    assert [gallery.stage(made, b"x", who).code for who in (gallery.rita, gallery.bob)] == [403, 403]
    assert gallery.bring(made, "glance-direct", gallery.bob).code == 403
    assert gallery.stage(NOWHERE, b"x").code == 404
    assert gallery.bring(NOWHERE, "glance-direct").code == 404
    assert gallery.stage(gallery.make(gallery.bob, visibility="private"), b"x").code == 404


def test_staged_bytes_nobody_imports_are_given_back(gallery: Gallery, clock: HeldClock) -> None:
    gallery.settle(stage_days=2)
    made = gallery.make()
    assert gallery.stage(made, CONTENT).code == 204
    clock.forward(47 * 3600)
    gallery.store.write(image.forget_idle)
    assert (gallery.status(made), live(gallery)["chunks"] > 0) == ("uploading", True)
    clock.forward(2 * 3600)
    gallery.store.write(image.forget_idle)
    assert (gallery.status(made), live(gallery)) == ("queued", {"chunks": 0})
    assert gallery.stage(made, CONTENT).code == 204
    gallery.bring(made, "glance-direct")
    clock.forward(72 * 3600)
    gallery.store.write(image.forget_idle)
    assert gallery.status(made) == "importing"
    gallery.work()
    assert gallery.status(made) == "active"


def test_bytes_still_on_their_way_to_the_stage_are_not_idle(gallery: Gallery, clock: HeldClock) -> None:
    made = gallery.make()

    def wait_long() -> None:
        clock.forward(30 * 24 * 3600)
        gallery.store.write(image.forget_idle)

    assert gallery.stream(made, [piece(CONTENT), wait_long, piece(b"end", more=False)], to="stage")[0] == 204
    assert gallery.bring(made, "glance-direct").code == 202


def test_a_second_stage_is_refused_and_formats_are_wanted_before_the_import(gallery: Gallery) -> None:
    made = gallery.make(disk_format=None)
    assert gallery.stage(made, b"x").code == 204
    assert gallery.stage(made, b"y").code == 409
    assert gallery.upload(gallery.alice, made, b"y").code == 409
    assert gallery.bring(made, "glance-direct").code == 400


def test_where_there_is_no_import_nothing_of_it_is_there(gallery: Gallery) -> None:
    gallery.settle(import_methods=())
    made = gallery.alice("POST /images", {"disk_format": "raw", "container_format": "bare"})
    assert "openstack-image-import-methods" not in made.headers
    assert gallery.stage(made.body["id"], b"x").code == 404
    assert gallery.bring(made.body["id"], "glance-direct").code == 404
    assert gallery.alice("GET /info/import").body["import-methods"]["value"] == []


def test_an_administrator_asks_for_an_image_and_its_import_in_one(gallery: Gallery) -> None:
    gallery.settle(web_download_allow=("127.0.0.1",))
    with web({"/disk": plain(CONTENT)}) as address:
        input = {
            "import_from": f"{address}/disk",
            "import_from_format": "raw",
            "image_properties": {"name": "asked", "disk_format": "raw", "container_format": "bare"},
        }
        assert gallery.alice("POST /tasks", {"type": "import", "input": input}).code == 403
        heard = gallery.admin("POST /tasks", {"type": "import", "input": input})
        assert (heard.code, heard.body["status"], heard.body["input"]) == (201, "pending", input)
        gallery.work()
    task = gallery.admin(f"GET /tasks/{heard.body['id']}").body
    assert task["status"] == "success"
    assert gallery.show(task["result"]["image_id"])["size"] == len(CONTENT)
    for wrong in (
        {"type": "export", "input": input},
        {"type": "import", "input": {**input, "import_from": "http://x y"}},
    ):
        assert gallery.admin("POST /tasks", wrong).code == 400


@pytest.mark.parametrize(("given", "wanted"), [("raw", "qcow2"), ("qcow2", "raw")])
def test_images_become_the_format_the_cloud_keeps(gallery: Gallery, tmp_path: Path, given: str, wanted: str) -> None:
    disk = tmp_path / "disk"
    subprocess.run(["qemu-img", "create", "-q", "-f", given, disk, "2M"], check=True)
    if given == "raw":
        disk.write_bytes(CONTENT + bytes(1 << 20))
    gallery.store.add(Scratch(tmp_path / "scratch"))
    gallery.settle(import_conversion=wanted)
    made = gallery.make(disk_format=given)
    gallery.stage(made, disk.read_bytes())
    gallery.bring(made, "glance-direct")
    gallery.work()
    shown = gallery.show(made)
    assert (shown["status"], shown["disk_format"], shown["virtual_size"]) == ("active", wanted, 2 << 20)
    assert gallery.alice(f"GET /images/{made}/file").content[:4] == (b"QFI\xfb" if wanted == "qcow2" else bytes(4))
    assert list((tmp_path / "scratch").iterdir()) == []
