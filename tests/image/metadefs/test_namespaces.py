"""Namespaces: administrators write them, everybody reads the public ones, and nobody else's private one is there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.image.gallery import Gallery

PATH = "/metadefs/namespaces"
WHOLE: dict[str, Any] = {
    "namespace": "Acme::Disk",
    "display_name": "Disks",
    "description": "What disks are like.",
    "visibility": "public",
    "protected": False,
    "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "hw_"}],
    "properties": {"bus": {"title": "Bus", "type": "string", "enum": ["virtio", "ide"], "minLength": 2}},
    "objects": [{"name": "speed", "required": ["iops"], "properties": {"iops": {"title": "IOPS", "type": "integer"}}}],
    "tags": [{"name": "fast"}, {"name": "slow"}],
}


def test_a_namespace_is_made_and_shown_with_all_it_holds(either: Gallery) -> None:
    heard = either.admin(f"POST {PATH}", WHOLE)
    assert heard.code == 201, heard.content
    assert heard.headers["location"] == "http://cloud/image/v2/metadefs/namespaces/Acme::Disk"
    shown = either.rita(f"GET {PATH}/Acme::Disk").body
    for name in ("namespace", "display_name", "visibility", "protected", "properties", "objects", "tags"):
        assert shown[name] == WHOLE[name]
    assert shown["owner"] == "ops"
    assert shown["self"] == "/v2/metadefs/namespaces/Acme::Disk"
    assert [one["prefix"] for one in shown["resource_type_associations"]] == ["hw_"]


def test_names_have_their_prefix_on_a_resource_that_wants_one(gallery: Gallery) -> None:
    gallery.admin(f"POST {PATH}", WHOLE)
    shown = gallery.alice(f"GET {PATH}/Acme::Disk", resource_type="OS::Glance::Image").body
    assert list(shown["properties"]) == ["hw_bus"]
    assert list(shown["objects"][0]["properties"]) == ["hw_iops"]
    other = gallery.alice(f"GET {PATH}/Acme::Disk", resource_type="OS::Nova::Flavor").body
    assert list(other["properties"]) == ["bus"]


def test_private_namespaces_are_their_projects_own(either: Gallery) -> None:
    either.admin(f"POST {PATH}", {"namespace": "secret", "owner": "blue"})
    codes = [who(f"GET {PATH}/secret").code for who in (either.alice, either.rita, either.bob, either.admin)]
    assert codes == [200, 200, 404, 200]
    body = {"namespace": "secret", "description": "x"}
    assert [who(f"PUT {PATH}/secret", body).code for who in (either.alice, either.bob)] == [403, 404]
    assert [who(f"DELETE {PATH}/secret").code for who in (either.alice, either.bob)] == [403, 404]
    seen = [[one["namespace"] for one in who(f"GET {PATH}").body["namespaces"]] for who in (either.alice, either.bob)]
    assert seen == [["secret"], []]


def test_only_administrators_make_namespaces_and_each_name_once(gallery: Gallery) -> None:
    assert gallery.alice(f"POST {PATH}", {"namespace": "mine"}).code == 403
    assert gallery.admin(f"POST {PATH}", {"namespace": "mine"}).code == 201
    assert gallery.admin(f"POST {PATH}", {"namespace": "mine"}).code == 409


def test_an_update_says_everything_anew_and_leaves_what_is_inside(gallery: Gallery) -> None:
    gallery.admin(f"POST {PATH}", WHOLE)
    gallery.admin(f"POST {PATH}", {"namespace": "taken"})
    heard = gallery.admin(f"PUT {PATH}/Acme::Disk", {"namespace": "Acme::Disks"}).body
    assert (heard["visibility"], heard["protected"], "description" in heard) == ("private", False, False)
    assert gallery.admin(f"GET {PATH}/Acme::Disk").code == 404
    assert gallery.admin(f"GET {PATH}/Acme::Disks").body["tags"] == WHOLE["tags"]
    assert gallery.admin(f"PUT {PATH}/Acme::Disks", {"namespace": "taken"}).code == 409


def test_of_a_protected_namespace_nothing_is_deleted(gallery: Gallery) -> None:
    gallery.admin(f"POST {PATH}", {**WHOLE, "protected": True})
    at = f"{PATH}/Acme::Disk"
    inside = ("", "/properties/bus", "/objects/speed", "/tags/fast", "/tags", "/resource_types/OS::Glance::Image")
    assert {gallery.admin(f"DELETE {at}{one}").code for one in inside} == {403}
    gallery.admin(f"PUT {at}", {"namespace": "Acme::Disk", "protected": False})
    assert [gallery.admin(f"DELETE {at}{one}").code for one in inside[1:]] == [204] * 5
    assert gallery.admin(f"DELETE {at}").code == 204
    assert gallery.admin(f"GET {at}").code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"namespace": "n" * 81}, 400),
        ({"namespace": "n", "visibility": "shared"}, 400),
        ({"namespace": "n", "colour": "red"}, 400),
        ({"namespace": "n", "self": "/elsewhere"}, 403),
        ({"namespace": "n", "properties": {"p": {"type": "string"}}}, 400),
        ({"namespace": "n", "properties": {"p": {"type": "text", "title": "P"}}}, 400),
        ({"namespace": "n", "tags": [{"name": "t"}, {"name": "t"}]}, 409),
    ],
)
def test_what_does_not_fit_the_schema_is_refused_and_nothing_is_made(
    gallery: Gallery, body: dict[str, Any], code: int
) -> None:
    assert gallery.admin(f"POST {PATH}", body).code == code
    assert gallery.admin(f"GET {PATH}").body["namespaces"] == []


def test_lists_page_filter_and_sort(either: Gallery) -> None:
    for number, name in enumerate(("a", "b", "c")):
        kind = {"name": "OS::Nova::Flavor" if number else "OS::Glance::Image"}
        visibility = "public" if number < 2 else "private"
        body = {"namespace": name, "visibility": visibility, "resource_type_associations": [kind]}
        assert either.admin(f"POST {PATH}", body).code == 201

    def names(**query: Any) -> list[str]:
        return [one["namespace"] for one in either.admin(f"GET {PATH}", **query).body["namespaces"]]

    assert names(sort_key="namespace", sort_dir="asc") == ["a", "b", "c"]
    assert names(visibility="private") == ["c"]
    assert sorted(names(resource_types="OS::Nova::Flavor,OS::None")) == ["b", "c"]
    first = either.admin(f"GET {PATH}", limit=2, sort_key="namespace", sort_dir="asc").body
    assert [one["namespace"] for one in first["namespaces"]] == ["a", "b"]
    assert "marker=b" in first["next"]
    assert first["schema"] == "/v2/schemas/metadefs/namespaces"
    assert names(limit=2, sort_key="namespace", sort_dir="asc", marker="b") == ["c"]
    wrong: tuple[dict[str, Any], ...] = ({"marker": "z"}, {"sort_key": "size"}, {"visibility": "shared"}, {"limit": -1})
    assert {either.admin(f"GET {PATH}", **query).code for query in wrong} == {400}
