"""Chunk stores as an operator looks after them."""

from __future__ import annotations

import json
from typing import Any

from pileus.image import live_manifests
from tests.asking import Heard
from tests.chunks.contents import MIB, noise
from tests.image.gallery import Gallery


def lines(heard: Heard) -> list[dict[str, Any]]:
    assert heard.code == 200, heard.content
    return [json.loads(line) for line in heard.content.splitlines() if line.strip()]


def test_only_administrators_look_after_stores(gallery: Gallery) -> None:
    for line in ("GET /chunks/chunks", "POST /chunks/chunks/gc", "POST /chunks/chunks/scrub"):
        assert [who(line).code for who in (gallery.stranger, gallery.rita, gallery.alice)] == [401, 403, 403]
        assert gallery.admin(line.replace("/chunks/chunks", "/chunks/nowhere")).code == 404


def test_a_store_tells_what_it_holds_and_gives_back_what_nobody_holds(gallery: Gallery) -> None:
    kept, gone = gallery.make(content=noise(MIB)), gallery.make(content=noise(MIB, 2))
    before = gallery.admin("GET /chunks/chunks").body
    gallery.alice(f"DELETE /images/{gone}")
    (freed,) = lines(gallery.admin("POST /chunks/chunks/gc"))
    after = gallery.admin("GET /chunks/chunks").body
    assert freed["freed_bytes"] == before["data_bytes"] - after["data_bytes"] > MIB
    assert gallery.alice(f"GET /images/{kept}/file").content == noise(MIB)


def test_what_others_use_stays_though_its_image_is_gone(gallery: Gallery) -> None:
    gone = gallery.make(content=noise(MIB))
    gallery.in_use = {*live_manifests(gallery.store, "chunks"), "0" * 64}
    gallery.alice(f"DELETE /images/{gone}")
    (freed,) = lines(gallery.admin("POST /chunks/chunks/gc"))
    assert freed["freed_bytes"] == 0
    gallery.in_use = set()
    (freed,) = lines(gallery.admin("POST /chunks/chunks/gc"))
    assert freed["freed_bytes"] > MIB


def test_what_a_store_cannot_do_is_told(gallery: Gallery) -> None:
    gallery.make(content=noise(MIB))
    manifest = next(iter(live_manifests(gallery.store, "chunks")))
    del gallery.chunks.kept[manifest]
    assert "failed" in lines(gallery.admin("POST /chunks/chunks/gc"))[-1]
    assert gallery.chunks.used() > MIB


def test_a_scrub_names_the_images_that_lost_something(gallery: Gallery) -> None:
    hurt = gallery.make(name="hurt", content=noise(MIB) + noise(MIB, 2))
    gallery.make(content=noise(MIB, 3))
    twin = gallery.make(name="twin", content=noise(MIB, 2) + noise(MIB))
    assert lines(gallery.admin("POST /chunks/chunks/scrub"))[-1]["damaged"] == 0
    page = gallery.alice(f"GET /images/{hurt}/chunks").body
    addresses = {entry[1] for entry in page["entries"]} & {
        entry[1] for entry in gallery.alice(f"GET /images/{twin}/chunks").body["entries"]
    }
    gallery.chunks.kept[min(addresses)] = b"something else"
    told = lines(gallery.admin("POST /chunks/chunks/scrub"))[-1]
    assert (told["damaged"], told["mended"], told["lost"]) == (1, 0, 1)
    assert sorted(each["name"] for each in told["images"]) == ["hurt", "twin"]


def test_a_scrub_puts_back_what_another_store_has(sqlite_store: Any) -> None:
    gallery = Gallery(sqlite_store, attics=["attic"])
    content = noise(MIB)
    image = gallery.make(content=content)
    with gallery.attics["attic"].upload() as upload:
        upload.write(content)
        upload.finish()
    gallery.chunks.kept[max(gallery.chunks.kept, key=lambda each: len(gallery.chunks.kept[each]))] = b"x"
    told = lines(gallery.admin("POST /chunks/chunks/scrub"))[-1]
    assert (told["damaged"], told["mended"], told["lost"], told["images"]) == (1, 1, 0, [])
    assert gallery.alice(f"GET /images/{image}/file").content == content
    gallery.close()
