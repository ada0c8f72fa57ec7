"""Patches read apart from any image."""

from __future__ import annotations

import pytest

from pileus.image.images.rules import Change, as_target, read_patch
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET

NEW, OLD = "application/openstack-images-v2.1-json-patch", "application/openstack-images-v2.0-json-patch"


def test_both_forms_of_a_patch_say_the_same() -> None:
    expected = [Change("add", "a/b", "1"), Change("remove", "c", UNSET)]
    new = [{"op": "add", "path": "/a~1b", "value": "1"}, {"op": "remove", "path": "/c"}]
    old = [{"add": "/a~1b", "value": "1"}, {"remove": "/c"}]
    assert read_patch(NEW, new) == read_patch(OLD, old) == expected


@pytest.mark.parametrize("path", ["", "/", "name", "/a/b", "/a~", "/a~3", None, 1])
def test_a_pointer_has_one_step(path: object) -> None:
    with pytest.raises(Invalid):
        read_patch(NEW, [{"op": "remove", "path": path}])


def test_the_policy_takes_a_shared_image_for_a_private_one_unless_the_caller_is_a_member() -> None:
    row = {"owner": "blue", "visibility": "shared"}
    assert as_target(row)["visibility"] == "private"
    assert as_target(row, "red")["member_id"] == "red"
    assert as_target({**row, "visibility": "public"})["visibility"] == "public"
