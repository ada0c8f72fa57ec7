"""Locations: seen and said only where the operator lets callers; what is said is fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from pileus.kernel.store import Store
from tests.image.gallery import Gallery
from tests.image.imports.web import plain, web

CONTENT = bytes(range(256)) * 500
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def seen(sqlite_store: Store) -> Iterator[Gallery]:
    """A gallery where locations are seen, and may be on a loopback address."""
    made = Gallery(sqlite_store, attics=("attic",))
    made.settle(**LOOSE)
    yield made
    made.close()


LOOSE: dict[str, Any] = {
    "show_multiple_locations": True,
    "http_locations": True,
    "web_download_allow": ("127.0.0.1",),
}


@pytest.fixture
def disk() -> Iterator[str]:
    """The address of an image on the web."""
    with web({"/disk": plain(CONTENT)}) as address:
        yield f"{address}/disk"


def add(url: str, **more: Any) -> dict[str, Any]:
    """The operation that adds a location."""
    return {"op": "add", "path": "/locations/-", "value": {"url": url, "metadata": {"a": "b"}, **more}}


def test_locations_are_hidden_and_refused_unless_the_operator_says_so(gallery: Gallery, disk: str) -> None:
    made = gallery.make(content=b"x")
    assert "locations" not in gallery.alice(f"GET /images/{made}").body
    assert gallery.patch(gallery.alice, gallery.make(), add(disk)).code == 403
    service = gallery.admin(f"POST /images/{gallery.make()}/locations", {"url": disk})
    assert (service.code, b"takes no locations" in service.content) == (403, True)
    gallery.settle(show_multiple_locations=True)
    assert gallery.patch(gallery.alice, gallery.make(), add(disk)).code == 400


def test_the_stores_of_an_image_are_its_locations(seen: Gallery) -> None:
    made = seen.make()
    assert seen.alice(f"GET /images/{made}").body["locations"] == []
    seen.upload(seen.alice, made, CONTENT)
    (place,) = seen.alice(f"GET /images/{made}").body["locations"]
    assert (place["url"].startswith("chunks://chunks/"), place["metadata"]) == (True, {"store": "chunks"})
    assert "locations" not in seen.bob(f"GET /images/{seen.make(visibility='community')}").body
    assert seen.alice(f"GET /images/{made}/locations").code == 403
    assert seen.admin(f"GET /images/{made}/locations").body == [place]


def test_an_image_is_active_with_its_location_and_then_has_its_bytes(seen: Gallery, disk: str) -> None:
    made = seen.make()
    heard = seen.patch(seen.alice, made, add(disk))
    assert (heard.code, heard.body["status"], heard.body["os_hash_value"]) == (200, "active", None)
    assert heard.body["locations"] == [{"url": disk, "metadata": {"a": "b"}}]
    assert seen.alice(f"GET /images/{made}/file").code == 503
    seen.work()
    shown = seen.show(made)
    assert (shown["size"], shown["locations"], shown["os_hash_value"]) == (len(CONTENT), heard.body["locations"], None)
    assert seen.alice(f"GET /images/{made}/file").content == CONTENT


def test_a_location_that_gives_nothing_leaves_the_image_waiting(seen: Gallery) -> None:
    made = seen.make()
    with web({"/disk": plain(b"", code="404 Not Found")}) as address:
        seen.patch(seen.alice, made, add(f"{address}/disk"))
        seen.work()
    shown = seen.show(made)
    assert (shown["status"], shown["locations"]) == ("queued", [])


def test_locations_are_added_and_removed_one_by_one(seen: Gallery, disk: str) -> None:
    made = seen.make()
    seen.patch(seen.alice, made, add(disk))
    seen.patch(seen.alice, made, add(f"{disk}#2"))
    seen.work()
    both = seen.show(made)["locations"]
    assert [one["url"] for one in both] == [disk, f"{disk}#2"]
    renamed = [{**one, "metadata": {"new": "1"}} for one in both]
    whole = {"op": "replace", "path": "/locations"}
    asked: tuple[Any, ...] = (renamed, renamed[:1], [renamed[0], {"url": f"{disk}#3", "metadata": {}}], [])
    assert [seen.patch(seen.alice, made, {**whole, "value": value}).code for value in asked] == [200, 400, 400, 403]
    assert seen.show(made)["locations"] == renamed
    remove = {"op": "remove", "path": "/locations/0"}
    codes = [seen.patch(who, made, remove).code for who in (seen.alice, seen.admin, seen.admin)]
    assert codes == [403, 200, 403]
    assert seen.show(made)["locations"] == renamed[1:]
    assert seen.alice(f"GET /images/{made}/file").content == CONTENT


def test_what_a_caller_says_of_the_bytes_is_believed_once(seen: Gallery, disk: str) -> None:
    made = seen.make()
    said = {"checksum": "1" * 32, "os_hash_algo": "sha512", "os_hash_value": "deadbeef" * 16}
    assert seen.patch(seen.alice, made, add(disk, validation_data=said)).code == 200
    shown = seen.show(made)
    assert {name: shown[name] for name in said} == said
    for name, value in (("checksum", "2" * 32), ("os_hash_value", "beefdead" * 16)):
        wrong = {**said, name: value}
        assert seen.patch(seen.alice, made, add(f"{disk}#2", validation_data=wrong)).code == 409
    assert seen.patch(seen.alice, made, add(f"{disk}#2", validation_data=said)).code == 200


@pytest.mark.parametrize(
    "value",
    [
        {"url": "gopher://example.org", "metadata": {}},
        {"url": "file:///etc/passwd", "metadata": {}},
        {"url": "http://169.254.169.254/", "metadata": {}},
        {"url": "chunks://chunks/abc", "metadata": {}},
        {"url": "http://example.org/"},
        {"url": "http://example.org/", "metadata": {}, "validation_data": {"os_hash_algo": "sha1"}},
        {"url": "http://example.org/", "metadata": {}, "validation_data": {"os_hash_algo": "x", "os_hash_value": "1"}},
        "http://example.org/",
    ],
)
def test_what_is_no_location_is_refused_and_nothing_changes(seen: Gallery, value: Any) -> None:
    made = seen.make()
    assert seen.patch(seen.alice, made, {"op": "add", "path": "/locations/-", "value": value}).code == 400
    assert (seen.status(made), seen.show(made)["locations"]) == ("queued", [])


def test_a_service_says_a_location_and_the_bytes_are_hashed(seen: Gallery, disk: str) -> None:
    made = seen.make()
    said = {"os_hash_algo": "sha256", "os_hash_value": SHA256}
    heard = seen.alice(f"POST /images/{made}/locations", {"url": disk, "validation_data": said})
    assert (heard.code, seen.status(made)) == (202, "importing")
    seen.work()
    shown = seen.show(made)
    assert (shown["status"], shown["os_hash_algo"], shown["os_hash_value"]) == ("active", "sha256", SHA256)
    assert (shown["checksum"], shown["locations"][0]["url"]) == (MD5, disk)
    (task,) = seen.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert (task["type"], task["status"]) == ("location_import", "success")


def test_other_bytes_than_were_said_are_refused(seen: Gallery, disk: str) -> None:
    made = seen.make()
    said = {"os_hash_algo": "sha512", "os_hash_value": "beefdead" * 16}
    assert seen.alice(f"POST /images/{made}/locations", {"url": disk, "validation_data": said}).code == 202
    seen.work()
    (task,) = seen.alice(f"GET /images/{made}/tasks").body["tasks"]
    assert (seen.status(made), task["status"], seen.show(made)["os_hash_value"]) == ("queued", "failure", None)


@pytest.mark.parametrize(
    "said",
    [
        {"os_hash_value": SHA256},
        {"os_hash_algo": "sha123", "os_hash_value": SHA256},
        {"os_hash_algo": "sha512", "os_hash_value": SHA256},
    ],
)
def test_a_hash_that_no_bytes_could_have_is_refused_at_once(seen: Gallery, disk: str, said: dict[str, str]) -> None:
    made = seen.make()
    assert seen.alice(f"POST /images/{made}/locations", {"url": disk, "validation_data": said}).code == 400
    assert seen.status(made) == "queued"


def test_without_hashing_an_image_is_shown_at_once(seen: Gallery, disk: str) -> None:
    seen.settle(**LOOSE, do_secure_hash=False)
    made = seen.make()
    assert seen.alice(f"POST /images/{made}/locations", {"url": disk}).code == 202
    assert seen.status(made) == "active"
    seen.work()
    shown = seen.show(made)
    assert (shown["size"], shown["checksum"]) == (len(CONTENT), None)
