"""Patches read apart from any image."""

from __future__ import annotations

import pytest

from pileus.image.images.patch import Change, read_patch
from pileus.kernel.errors import Invalid

NEW, OLD = "application/openstack-images-v2.1-json-patch", "application/openstack-images-v2.0-json-patch"


def test_both_forms_of_a_patch_say_the_same() -> None:
    expected = [Change("add", "a/b", value="1"), Change("remove", "c")]
    new = [{"op": "add", "path": "/a~1b", "value": "1"}, {"op": "remove", "path": "/c"}]
    old = [{"add": "/a~1b", "value": "1"}, {"remove": "/c"}]
    assert read_patch(NEW, new) == read_patch(OLD, old) == expected


@pytest.mark.parametrize("path", ["", "/", "name", "/a/b", "/a~", "/a~3", None, 1])
def test_a_pointer_has_one_step(path: object) -> None:
    with pytest.raises(Invalid):
        read_patch(NEW, [{"op": "remove", "path": path}])


def test_only_locations_are_reached_into() -> None:
    (change,) = read_patch(NEW, [{"op": "remove", "path": "/locations/0"}])
    assert (change.name, change.place) == ("locations", "0")
