"""Where bytes are kept, as far as callers may know."""

from __future__ import annotations

from tests.image.gallery import Gallery


def test_there_is_one_store(gallery: Gallery) -> None:
    assert gallery.rita("GET /info/stores").body == {"stores": [{"id": "chunks", "default": "true"}]}


def test_what_the_store_is_is_told_to_administrators(gallery: Gallery) -> None:
    assert gallery.alice("GET /info/stores/detail").code == 403
    told = gallery.admin("GET /info/stores/detail").body["stores"][0]
    assert (told["id"], told["type"], told["weight"]) == ("chunks", "local", 0)
