"""What holds for everything in a namespace."""

from __future__ import annotations

import pytest

from pileus.image.metadefs.rules import check_name, check_unprotected
from pileus.kernel.errors import Forbidden, Invalid
from tests.image.gallery import Gallery


def test_nothing_in_a_namespace_one_may_not_see_exists(gallery: Gallery) -> None:
    gallery.admin("POST /metadefs/namespaces", {"namespace": "secret", "tags": [{"name": "t"}]})
    paths = ("", "/objects", "/properties", "/tags", "/tags/t", "/resource_types")
    assert {gallery.bob(f"GET /metadefs/namespaces/secret{path}").code for path in paths} == {404}
    assert {gallery.admin(f"GET /metadefs/namespaces/secret{path}").code for path in paths} == {200}


def test_names_from_paths_are_at_most_80_characters() -> None:
    assert check_name("n" * 80) == "n" * 80
    with pytest.raises(Invalid):
        check_name("n" * 81)


def test_a_protected_namespace_is_let_alone() -> None:
    check_unprotected({"protected": False, "namespace": "acme"})
    with pytest.raises(Forbidden):
        check_unprotected({"protected": True, "namespace": "acme"})
