"""What there is to import by, and limits in use."""

from __future__ import annotations

from tests.image.gallery import Gallery


def test_ways_to_import_are_told(gallery: Gallery) -> None:
    every = ["glance-direct", "web-download", "copy-image", "glance-download"]
    assert gallery.alice("GET /info/import").body["import-methods"]["value"] == every
    gallery.settle(import_methods=("copy-image",))
    assert gallery.alice("GET /info/import").body["import-methods"]["value"] == ["copy-image"]


def test_limits_that_nobody_has_said_are_not_told(gallery: Gallery) -> None:
    assert gallery.alice("GET /info/usage").body == {"usage": {}}
