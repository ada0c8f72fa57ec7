"""Tags of a namespace: one by one, or all at once."""

from __future__ import annotations

import pytest

from tests.image.gallery import Gallery

PATH = "/metadefs/namespaces/acme/tags"


@pytest.fixture
def acme(either: Gallery) -> Gallery:
    """A gallery with a public namespace."""
    assert either.admin("POST /metadefs/namespaces", {"namespace": "acme", "visibility": "public"}).code == 201
    return either


def names(acme: Gallery) -> list[str]:
    """The tags that a list shows."""
    return sorted(one["name"] for one in acme.rita(f"GET {PATH}").body["tags"])


def test_a_tag_is_made_renamed_and_deleted(acme: Gallery) -> None:
    made = acme.admin(f"POST {PATH}/fast")
    assert (made.code, made.body["name"]) == (201, "fast")
    assert acme.rita(f"GET {PATH}/fast").body == made.body
    assert acme.admin(f"PUT {PATH}/fast", {"name": "quick"}).body["name"] == "quick"
    assert names(acme) == ["quick"]
    assert [acme.admin(f"DELETE {PATH}/{name}").code for name in ("quick", "quick")] == [204, 404]


def test_several_replace_those_that_are_there_or_join_them(acme: Gallery) -> None:
    several = {"tags": [{"name": "a"}, {"name": "b"}]}
    made = acme.admin(f"POST {PATH}", several)
    assert (made.code, made.body) == (201, several)
    acme.admin(f"POST {PATH}", {"tags": [{"name": "c"}]})
    assert names(acme) == ["c"]
    acme.admin(f"POST {PATH}", several, headers={"X-Openstack-Append": "True"})
    assert names(acme) == ["a", "b", "c"]
    assert acme.admin(f"POST {PATH}", several, headers={"X-Openstack-Append": "True"}).code == 409
    assert acme.admin(f"DELETE {PATH}").code == 204
    assert names(acme) == []


def test_names_are_there_once_and_of_a_bearable_length(acme: Gallery) -> None:
    acme.admin(f"POST {PATH}/fast")
    asked = (f"POST {PATH}/fast", f"POST {PATH}/{'t' * 81}", f"GET {PATH}/none")
    assert [acme.admin(line).code for line in asked] == [409, 400, 404]
    assert acme.alice(f"POST {PATH}/mine").code == 403
