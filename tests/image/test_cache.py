"""The cache: copies near by, which come and go without anybody's image changing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pileus import image
from pileus.kernel.store import Store
from tests.image.gallery import NOWHERE, Gallery

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def far(sqlite_store: Store) -> Iterator[Gallery]:
    """A gallery whose store is far and whose cache is near."""
    made = Gallery(sqlite_store, attics=("near",))
    made.settle(cache_store="near", cache_bytes=len(CONTENT) + 10)
    yield made
    made.close()


def kept(far: Gallery) -> int:
    """Bytes that the cache keeps after a collection."""
    far.attics["near"].gc(lambda: image.live_manifests(far.store, "near"))
    return far.attics["near"].used()


def test_a_queued_image_is_copied_and_read_from_the_cache(far: Gallery) -> None:
    made = far.make(content=CONTENT)
    assert [far.admin(f"PUT /cache/{made}").code for _ in range(2)] == [202, 202]
    assert far.admin("GET /cache").body == {"cached_images": [], "queued_images": [made]}
    far.work()
    (shown,) = far.admin("GET /cache").body["cached_images"]
    assert (shown["image_id"], shown["hits"], shown["size"]) == (made, 0, len(CONTENT))
    assert kept(far) > 0
    far.chunks.kept.clear()
    assert far.alice(f"GET /images/{made}/file").content == CONTENT
    assert far.admin("GET /cache").body["cached_images"][0]["hits"] == 1


def test_the_cache_is_no_store_of_images(far: Gallery) -> None:
    made = far.make(content=CONTENT)
    assert [one["id"] for one in far.alice("GET /info/stores").body["stores"]] == ["chunks"]
    assert far.upload(far.alice, far.make(), b"x", x_image_meta_store="near").code == 400
    assert far.bring(made, "copy-image", far.admin, stores=["near"]).code == 409
    far.admin(f"PUT /cache/{made}")
    far.work()
    assert far.show(made)["stores"] == "chunks"


def test_what_is_dropped_gives_its_room_back(far: Gallery) -> None:
    made = far.make(content=CONTENT)
    far.admin(f"PUT /cache/{made}")
    far.work()
    assert [far.admin(f"DELETE /cache/{made}").code for _ in range(2)] == [204, 404]
    assert (kept(far), far.alice(f"GET /images/{made}/file").content) == (0, CONTENT)
    far.admin(f"PUT /cache/{made}")
    far.work()
    far.alice(f"DELETE /images/{made}")
    assert (far.admin("GET /cache").body["cached_images"], kept(far)) == ([], 0)


def test_the_cache_and_its_queue_are_emptied_apart(far: Gallery) -> None:
    there, waiting = far.make(content=CONTENT), far.make(content=b"x")
    far.admin(f"PUT /cache/{there}")
    far.work()
    far.admin(f"PUT /cache/{waiting}")

    def clear(target: str) -> int:
        return far.admin("DELETE /cache", headers={"x-image-cache-clear-target": target}).code

    assert clear("everything") == 400
    assert clear("queue") == 204
    told = far.admin("GET /cache").body
    assert (len(told["cached_images"]), told["queued_images"]) == (1, [])
    assert clear("cache") == 204
    assert far.admin("GET /cache").body["cached_images"] == []
    far.work()
    assert far.admin("DELETE /cache").code == 204


def test_a_pruned_cache_keeps_what_was_used_last(far: Gallery) -> None:
    first, second = far.make(content=CONTENT), far.make(content=b"b" * 100)
    for made in (first, second):
        far.admin(f"PUT /cache/{made}")
        far.work()
        far.store.clock.forward(1)  # type: ignore[attr-defined]
    far.alice(f"GET /images/{first}/file")
    pruned = far.admin("POST /cache/prune").body
    assert pruned == {"total_files_pruned": 1, "total_bytes_pruned": 100}
    assert [one["image_id"] for one in far.admin("GET /cache").body["cached_images"]] == [first]
    assert far.admin("POST /cache/clean").code == 200


def test_a_full_cache_refuses_and_the_queue_goes_on(far: Gallery) -> None:
    far.attics["near"].capacity = 10
    made = far.make(content=CONTENT)
    far.admin(f"PUT /cache/{made}")
    far.work()
    assert far.admin("GET /cache").body == {"cached_images": [], "queued_images": []}


def test_only_images_with_bytes_are_cached_and_only_administrators_ask(far: Gallery) -> None:
    made = far.make()
    assert [far.admin(f"PUT /cache/{one}").code for one in (made, NOWHERE)] == [400, 404]
    lines = ("GET /cache", f"PUT /cache/{made}", f"DELETE /cache/{made}", "DELETE /cache", "POST /cache/prune")
    assert {far.alice(line).code for line in lines} == {403}


def test_where_there_is_no_cache_nothing_of_it_is_there(gallery: Gallery) -> None:
    made = gallery.make(content=CONTENT)
    lines = ("GET /cache", f"PUT /cache/{made}", f"DELETE /cache/{made}", "DELETE /cache", "POST /cache/clean")
    assert {gallery.admin(line).code for line in lines} == {404}
