"""What there is to import by, and limits in use."""

from __future__ import annotations

from tests.image.gallery import Gallery


def test_ways_to_import_are_told(gallery: Gallery) -> None:
    assert gallery.alice("GET /info/import").body["import-methods"]["value"] == []


def test_no_limits_are_in_use(gallery: Gallery) -> None:
    assert gallery.alice("GET /info/usage").body == {"usage": {}}
